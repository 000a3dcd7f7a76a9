/** The stream adapter against a scripted exchange. */
import { Effect, Queue, Stream } from "effect"
import type { ExchangeSettings } from "../src/ExchangeConfig.ts"
import { openAdapter } from "./adapterBench.ts"
import { type ScriptedExchange, settingsFor, startScriptedExchange } from "./ScriptedExchange.ts"

export const start = Effect.fnUntraced(function* (changes: Partial<ExchangeSettings> = {}) {
  const scripted = yield* startScriptedExchange
  const exchange = yield* openAdapter(settingsFor(scripted.url, changes))
  return { scripted, exchange }
})

export const collect = Effect.fnUntraced(function* <A, E>(events: Stream.Stream<A, E>) {
  const queue = yield* Queue.unbounded<A, E>()
  const fiber = yield* events.pipe(
    Stream.runForEach((event) => Queue.offer(queue, event)),
    Effect.catchCause((cause) => Queue.failCause(queue, cause)),
    Effect.forkScoped
  )
  return { next: Queue.take(queue).pipe(Effect.timeout("20 seconds")), fiber }
})

export const until = (condition: () => boolean) =>
  Effect.gen(function* () {
    while (!condition()) yield* Effect.sleep("2 millis")
  }).pipe(Effect.timeout("20 seconds"))

export const calls = (scripted: ScriptedExchange, method: string) =>
  scripted.calls.filter((call) => call.method === method)
