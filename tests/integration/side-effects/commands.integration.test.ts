/** Commands that wait or failed are listed for an operator: PostgreSQL must answer as the model in memory does. */
import { layerPgCommandList } from "@millrace/store"
import { Layer } from "effect"
import { commandListSuite } from "../../../packages/testkit/src/CommandListSuite.ts"
import { layerOwnSchema } from "./database.ts"

commandListSuite("PostgreSQL", Layer.provide(layerPgCommandList, layerOwnSchema))
