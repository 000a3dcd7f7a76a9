import { type AlertGroup, type AlertSilence, alertGroupKey, alertKey, type OperatorAlert } from "@millrace/contracts"
import { Clock, Effect, Layer } from "effect"
import { type AlertBook, type AlertDelivery, AlertStore, type ChannelState, type DeliveryEnd } from "./AlertStore.ts"
import { deliveryIdOf } from "./PgAlertStore.ts"

interface Kept extends Omit<AlertDelivery, "ageMs"> {
  readonly createdAtMs: number
  dueAtMs: number
  attempts: number
  detail: string
  ended: { readonly end: DeliveryEnd; readonly atMs: number } | undefined
}

/** Alerts of one process, by Effect's clock; tells no audit-log. For tests. */
export const layerMemoryAlertStore = Layer.sync(AlertStore, () => {
  const alerts = new Map<string, OperatorAlert>()
  const groups = new Map<string, AlertGroup>()
  const silences = new Map<string, AlertSilence>()
  const deliveries = new Map<string, Kept>()
  let newest = 0

  const book = (): AlertBook => ({ alerts: sorted(alerts), groups: sorted(groups) })
  const withNow = <A>(f: (nowMs: number) => A) => Effect.map(Clock.currentTimeMillis, f)
  const waiting = ({ deliveryId }: AlertDelivery) => {
    const kept = deliveries.get(deliveryId)
    return kept?.ended === undefined ? kept : undefined
  }

  return AlertStore.of({
    open: (epoch) =>
      Effect.sync(() => {
        newest = Math.max(newest, epoch)
        return book()
      }),
    commit: (epoch, changes) =>
      withNow((nowMs) => {
        if (epoch < newest) return false
        newest = epoch
        for (const alert of changes.alerts) alerts.set(alertKey(alert), alert)
        for (const group of changes.groups) groups.set(alertGroupKey(group), group)
        for (const key of changes.alertsGone) alerts.delete(key)
        for (const key of changes.groupsGone) groups.delete(key)
        for (const notice of changes.notices)
          for (const channel of changes.channels) {
            const deliveryId = deliveryIdOf(notice, channel)
            const started = { attempts: 0, createdAtMs: nowMs, dueAtMs: nowMs, detail: "", ended: undefined }
            if (!deliveries.has(deliveryId)) deliveries.set(deliveryId, { deliveryId, channel, notice, ...started })
          }
        return true
      }),
    book: Effect.sync(book),
    silences: (nowMs) =>
      Effect.sync(() =>
        [...silences.values()]
          .filter((silence) => overAtMs(silence) > nowMs)
          .sort((one, other) => one.fromMs - other.fromMs || (one.silenceId < other.silenceId ? -1 : 1))
      ),
    silence: (silence) => Effect.sync(() => void silences.set(silence.silenceId, silence)),
    unsilence: (id, by) =>
      Effect.sync(() => {
        const former = silences.get(id)
        if (former === undefined || overAtMs(former) <= by.atMs) return undefined
        const ended = { ...former, ended: { atMs: by.atMs, actor: by.actor } }
        silences.set(id, ended)
        return ended
      }),
    claim: (channel, holdMs) =>
      withNow((nowMs) => {
        const first = [...deliveries.values()].find((one) => one.channel === channel && one.ended === undefined)
        if (first === undefined || first.dueAtMs > nowMs) return undefined
        first.dueAtMs = nowMs + holdMs
        const { attempts, createdAtMs, deliveryId, notice } = first
        return { deliveryId, channel, notice, attempts, ageMs: nowMs - createdAtMs }
      }),
    postpone: (delivery, waitMs, why, failed) =>
      withNow((nowMs) => {
        const kept = waiting(delivery)
        if (kept === undefined) return
        kept.dueAtMs = nowMs + waitMs
        kept.attempts += failed ? 1 : 0
        kept.detail = why
      }),
    finish: (delivery, end, detail) =>
      withNow((nowMs) => {
        const kept = waiting(delivery)
        if (kept === undefined) return
        kept.detail = detail
        kept.ended = { end, atMs: nowMs }
      }),
    channels: withNow((nowMs) => channelStates([...deliveries.values()], nowMs)),
    forget: (olderThanMs, nowMs) =>
      withNow((storeMs) => {
        const old = [...deliveries.values()].filter(
          ({ createdAtMs, ended }) => (ended?.atMs ?? createdAtMs) < storeMs - olderThanMs
        )
        const over = [...silences.values()].filter((silence) => overAtMs(silence) < nowMs - olderThanMs)
        for (const { deliveryId } of old) deliveries.delete(deliveryId)
        for (const { silenceId } of over) silences.delete(silenceId)
        return old.length + over.length
      })
  })
})

const overAtMs = ({ ended, untilMs }: AlertSilence): number => Math.min(untilMs, ended?.atMs ?? untilMs)

const channelStates = (all: ReadonlyArray<Kept>, nowMs: number): ReadonlyArray<ChannelState> =>
  [...new Set(all.map(({ channel }) => channel))].sort().map((channel) => {
    const own = all.filter((one) => one.channel === channel)
    const open = own.filter(({ ended }) => ended === undefined)
    const last = own.reduce<Kept | undefined>(
      (latest, one) => (one.ended !== undefined && one.ended.atMs >= (latest?.ended?.atMs ?? 0) ? one : latest),
      undefined
    )
    const because = open[0]?.detail ?? ""
    return {
      channel,
      waiting: open.length,
      oldestWaitingMs: open[0] === undefined ? 0 : nowMs - open[0].createdAtMs,
      waitingBecause: because === "" ? undefined : because,
      last: last?.ended === undefined ? undefined : { ...last.ended, detail: last.detail }
    }
  })

const sorted = <A>(held: ReadonlyMap<string, A>): ReadonlyArray<A> =>
  [...held].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value)
