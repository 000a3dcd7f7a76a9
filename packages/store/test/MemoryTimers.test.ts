import { layerMemoryTimers } from "@millrace/store"
import { scheduleSuite } from "../../testkit/src/ScheduleSuite.ts"
import { timerSuite } from "../../testkit/src/TimerSuite.ts"

timerSuite("memory", layerMemoryTimers)
scheduleSuite("memory", layerMemoryTimers)
