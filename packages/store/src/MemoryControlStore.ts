import { type CommandCancel, covers, type Pause, pauseKey, type TradingSwitch, tradingKey } from "@millrace/contracts"
import { Clock, Effect, Layer } from "effect"
import { ControlStore } from "./ControlStore.ts"
import { cancelNow, pauseNow, switchNow } from "./decidedControls.ts"

/** Controls in memory; tells nobody: for commands and tests without workers. */
export const layerMemoryControlStore = Layer.sync(ControlStore, () => {
  const pauses = new Map<string, Pause>()
  const switches = new Map<string, TradingSwitch>()
  const cancels = new Map<string, CommandCancel>()
  const repeated = new Set<string>()
  return ControlStore.of({
    pause: (scope, by) =>
      Effect.tap(pauseNow(scope, by), (value) => Effect.sync(() => pauses.set(pauseKey(scope), value))),
    resume: (scope) =>
      Effect.sync(() => {
        const ended = sorted(pauses).filter((one) => covers(scope, one))
        for (const one of ended) pauses.delete(pauseKey(one))
        return ended
      }),
    pauses: Effect.sync(() => sorted(pauses)),
    switch: (scope, mode, by) =>
      Effect.tap(switchNow(scope, mode, by), (value) => Effect.sync(() => switches.set(tradingKey(scope), value))),
    lift: (scope) =>
      Effect.sync(() => {
        const former = switches.get(tradingKey(scope))
        switches.delete(tradingKey(scope))
        return former
      }),
    switches: Effect.sync(() => sorted(switches)),
    cancelCommand: (command, by) =>
      Effect.map(cancelNow(command, by), (value) => {
        const first = cancels.get(command.commandId) ?? value
        cancels.set(command.commandId, first)
        return first
      }),
    repeatCommand: ({ commandId }) =>
      Effect.sync(() => {
        const isNew = !repeated.has(commandId)
        repeated.add(commandId)
        return isNew
      }),
    forgetCancels: (olderThanMs) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const old = [...cancels].filter(([, { atMs }]) => atMs < now - olderThanMs)
        for (const [commandId] of old) cancels.delete(commandId)
        return old.length
      }),
    untold: Effect.succeed(0)
  })
})

const sorted = <A>(held: ReadonlyMap<string, A>): ReadonlyArray<A> =>
  [...held].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value)
