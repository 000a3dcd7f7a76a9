import { layerMemoryAlertStore } from "@millrace/store"
import { alertStoreSuite } from "../../testkit/src/AlertStoreSuite.ts"

alertStoreSuite("memory", layerMemoryAlertStore)
