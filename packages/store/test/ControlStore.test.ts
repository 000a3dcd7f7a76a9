import { layerMemoryControlStore } from "@millrace/store"
import { controlStoreSuite } from "../../testkit/src/ControlStoreSuite.ts"

controlStoreSuite("memory", layerMemoryControlStore)
