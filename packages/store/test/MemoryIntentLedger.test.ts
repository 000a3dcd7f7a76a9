import { layerMemoryIntentLedger } from "@millrace/store"
import { ledgerSuite } from "../../testkit/src/LedgerSuite.ts"

ledgerSuite("memory", layerMemoryIntentLedger)
