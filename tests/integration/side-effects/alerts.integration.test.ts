/**
 * What operators were told lies in PostgreSQL. Processes that judge alerts come and go, several deliver the messages at
 * once: each message goes to each channel once, in order, and a silence is told to the audit log.
 */
import { assert, it } from "@effect/vitest"
import { AlertStore, layerPgAlertStore, Outbox } from "@millrace/store"
import { Effect, Layer } from "effect"
import { alertStoreSuite } from "../../../packages/testkit/src/AlertStoreSuite.ts"
import { layerOwnSchema } from "./database.ts"

const store = layerPgAlertStore.pipe(Layer.provideMerge(Outbox.layerPg), Layer.provide(layerOwnSchema))

alertStoreSuite("PostgreSQL", store)

/**
 * @guarantee operation: Who silenced alerts, for how long and why, and who ended it, stands in the audit log
 * @how by the outbox, in the transaction of the silence
 */
it.live("a silence and its end wait in the outbox for the audit log", () =>
  Effect.gen(function* () {
    const alerts = yield* AlertStore
    const outbox = yield* Outbox
    const matcher = { rule: "backlog", severity: "warning" } as const
    yield* alerts.silence({ silenceId: "s1", matcher, fromMs: 1, untilMs: 9, actor: "ada", reason: "an upgrade" })
    yield* alerts.unsilence("s1", { actor: "bob", atMs: 5 })
    const told: Array<unknown> = []
    yield* outbox.relay(10, (entries) => Effect.sync(() => void told.push(...entries)))
    const figures = { rule: "backlog", severity: "warning", fromMs: 1, untilMs: 9, actor: "ada", reason: "an upgrade" }
    assert.deepInclude(told[0], {
      topic: "audit-log",
      actor: "ada",
      key: "alert-silence/s1",
      value: { action: "alerts_silenced", after: figures }
    })
    assert.deepInclude(told[1], {
      actor: "bob",
      value: { action: "alerts_unsilenced", before: figures, after: { ...figures, untilMs: 5 } }
    })
  }).pipe(Effect.provide(store))
)
