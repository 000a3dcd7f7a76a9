import "effect/schema/SchemaJITCompiler/enable"
import { runService } from "@millrace/runtime"
import { automationExecutorService } from "./serviceLayer.ts"

runService("automation-executor", automationExecutorService)
