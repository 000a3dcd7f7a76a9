/**
 * The intent ledger decides whether a request that moves money may go out. Several executors ask at the same time, and
 * any of them may die after the commit: the answers must be the same as those of the model in memory.
 */
import { layerPgIntentLedger } from "@millrace/store"
import { Layer } from "effect"
import { ledgerCapSuite } from "../../../packages/testkit/src/LedgerCapSuite.ts"
import { ledgerSuite } from "../../../packages/testkit/src/LedgerSuite.ts"
import { layerOwnSchema } from "./database.ts"

ledgerSuite("PostgreSQL", Layer.provide(layerPgIntentLedger, layerOwnSchema))
ledgerCapSuite("PostgreSQL", Layer.provide(layerPgIntentLedger, Layer.fresh(layerOwnSchema)))
