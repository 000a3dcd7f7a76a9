import "effect/schema/SchemaJITCompiler/enable"
import { runService } from "@millrace/runtime"
import { marketDataService } from "./serviceLayer.ts"

runService("market-data", marketDataService)
