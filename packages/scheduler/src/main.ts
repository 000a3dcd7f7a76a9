import "effect/schema/SchemaJITCompiler/enable"
import { runService } from "@millrace/runtime"
import { schedulerService } from "./serviceLayer.ts"

runService("scheduler", schedulerService)
