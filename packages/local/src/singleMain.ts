import "effect/schema/SchemaJITCompiler/enable"
import { automationExecutorService } from "@millrace/automation-executor"
import { controlApiService } from "@millrace/control-api"
import { marginMonitorLayer } from "@millrace/margin-monitor"
import { marketDataService } from "@millrace/market-data"
import { runService } from "@millrace/runtime"
import { schedulerService } from "@millrace/scheduler"
import { Layer } from "effect"

/** All workers in one process, for a small installation: `npm start -- --single`. */
runService(
  "millrace",
  Layer.mergeAll(controlApiService, marketDataService, marginMonitorLayer, automationExecutorService, schedulerService)
)
