import "effect/schema/SchemaJITCompiler/enable"
import { runService } from "@millrace/runtime"
import { layer } from "./topology.ts"

runService("margin-monitor", layer)
