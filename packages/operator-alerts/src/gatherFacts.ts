import { controls } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { AlertStore, IntentLedger } from "@millrace/store"
import { Clock, Effect, Option } from "effect"
import type { AlertFacts } from "./AlertFacts.ts"
import type { AlertSources } from "./AlertSources.ts"

const probeWithin = "2 seconds"
/** Unfinished orders that are looked at; with more of them there is enough to tell. */
const mostOrders = 1_000

/** Everything that rules are judged on, as it is now. Fails with `StoreError`: then nothing can be kept or told either. */
export const makeGatherFacts = Effect.fnUntraced(function* (sources: AlertSources) {
  const { admin } = yield* KafkaClient
  const ledger = yield* IntentLedger
  const store = yield* AlertStore

  const probe = admin.offsets(controls.name).pipe(
    Effect.timeoutOption(probeWithin),
    Effect.map((answer) => (Option.isNone(answer) ? `no answer within ${probeWithin}` : undefined)),
    Effect.catch((error) => Effect.succeed<string | undefined>(error.message))
  )

  return Effect.fnUntraced(function* (configured: ReadonlyArray<string>) {
    const kafkaDown = yield* probe
    const unfinished = yield* ledger.unfinished(mostOrders)
    const channels = yield* store.channels
    const nowMs = yield* Clock.currentTimeMillis
    const instances = sources.instances()
    const facts: AlertFacts = {
      nowMs,
      kafkaDown,
      instances: instances.length === 0 ? undefined : instances,
      unknownOrders: unfinished.filter(({ state }) => state === "unknown"),
      unguarded: sources.unguarded(nowMs),
      lastTickAtMs: sources.lastTickAtMs(),
      channels: channels.filter(({ channel }) => configured.includes(channel))
    }
    return facts
  })
})
