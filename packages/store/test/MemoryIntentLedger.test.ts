import { layerMemoryIntentLedger } from "@millrace/store"
import { ledgerCapSuite } from "../../testkit/src/LedgerCapSuite.ts"
import { ledgerSuite } from "../../testkit/src/LedgerSuite.ts"

ledgerSuite("memory", layerMemoryIntentLedger)
ledgerCapSuite("memory", layerMemoryIntentLedger)
