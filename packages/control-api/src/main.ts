import "effect/schema/SchemaJITCompiler/enable"
import { runService } from "@millrace/runtime"
import { controlApiService } from "./serviceLayer.ts"

runService("control-api", controlApiService)
