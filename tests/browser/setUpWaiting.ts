// Foreign boundary: puts what waits into the servers behind the dashboard.
import { KafkaClient } from "@millrace/kafka"
import { layerPgTimers, layerPool, TimerStore } from "@millrace/store"
import { Config, Effect, Layer } from "effect"
import type { DashboardRun } from "./DashboardRun.ts"

const encode = (text: string) => new TextEncoder().encode(text)
const hour = 3_600_000

/** Parks two records of `payments`, which nobody reads: one that failed twice, and the next of its key. */
export const parkRecords = ({ clients, plan }: DashboardRun, nowMs: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const { send } = yield* producer({ clientId: "browser-test" })
      const parked = (offset: number, more: Readonly<Record<string, string>>) => ({
        topic: "payments.parked",
        partition: 1,
        key: encode(`payments/1/${offset}`),
        value: encode("{}"),
        headers: {
          "workspace-id": plan.runId,
          "parked-topic": "payments",
          "parked-offset": String(offset),
          "parked-timestamp": String(nowMs - 2 * hour),
          "parked-key": encode(`hash-${plan.runId}`),
          ...more
        }
      })
      yield* send([
        parked(7, {
          "parked-due": String(nowMs + hour),
          "parked-failed": "2",
          "parked-first-failure": String(nowMs - hour),
          "parked-why": "Unavailable: the payment node does not answer"
        }),
        parked(8, { "parked-due": "0", "parked-failed": "0" })
      ])
    })
  ).pipe(Effect.provideContext(clients))

/** Asks for a timer of next week, and for one that is due and that no topic takes. */
export const askForTimers = ({ plan }: DashboardRun, nowMs: number) =>
  Effect.gen(function* () {
    const timers = yield* TimerStore
    const timer = (timerId: string, dueAtMs: number, topic: string) =>
      timers.schedule({
        ...{ owner: "flow-runner", timerId: `${plan.runId}-${timerId}`, revision: 1, dueAtMs, payload: {} },
        target: { topic, key: plan.runId, workspaceId: plan.runId },
        skipWhenLaterMs: undefined
      })
    yield* timer("reminder", nowMs + 7 * 24 * hour, "notifications")
    yield* timer("lost", nowMs, "no-such-topic")
  }).pipe(
    Effect.provide(
      layerPgTimers.pipe(
        Layer.provide(
          Layer.unwrap(Effect.map(Config.Redacted("DATABASE_URL"), (url) => layerPool({ url, maxConnections: 2 })))
        )
      )
    )
  )

/** The value of an entry of the audit log that a schedule writes. */
export const reminder = ({ plan }: DashboardRun): string =>
  JSON.stringify({
    auditId: "{{occurrence-id}}",
    workspaceId: plan.runId,
    actor: "automation-executor",
    action: "reminded",
    details: { about: "margin" },
    atMs: "{{scheduled-at-ms}}"
  })
