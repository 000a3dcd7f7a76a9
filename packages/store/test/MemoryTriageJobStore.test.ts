import { triageJobSuite } from "../../testkit/src/TriageJobSuite.ts"
import { layerMemoryTriageJobStore } from "../src/index.ts"

triageJobSuite("memory", layerMemoryTriageJobStore)
