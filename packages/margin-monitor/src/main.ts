import { runService } from "@millrace/runtime"
import { layer } from "./topology.ts"

runService("margin-monitor", layer)
