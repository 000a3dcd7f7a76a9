import {
  layerMemoryCommandList,
  layerMemoryControlStore,
  layerMemoryIntentLedger,
  StoreMarks,
  TradingScopes
} from "@millrace/store"
import { Layer } from "effect"

/** Controls of an installation with two accounts, and a rule each. */
export const memoryControls = Layer.mergeAll(
  layerMemoryControlStore,
  layerMemoryIntentLedger,
  StoreMarks.layerMemory,
  TradingScopes.layerMemory(
    [
      { accountId: "alice-main", name: "Alice", active: true },
      { accountId: "bob-main", name: "Bob", active: true }
    ],
    [
      { ruleId: "alice-guard", accountId: "alice-main", kind: "margin_guard", enabled: true },
      { ruleId: "bob-guard", accountId: "bob-main", kind: "margin_guard", enabled: true }
    ]
  )
)

/** No command was ever held, refused or lost. */
export const memoryCommands = Layer.merge(layerMemoryCommandList, layerMemoryIntentLedger)
