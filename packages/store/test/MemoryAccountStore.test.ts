import { layerMemoryAccountStore } from "@millrace/store"
import { accountPageSuite } from "../../testkit/src/AccountPageSuite.ts"

accountPageSuite("memory", layerMemoryAccountStore)
