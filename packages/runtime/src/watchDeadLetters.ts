import { deadLetterMarks, RecordCodec, TopicsFile } from "@millrace/contracts"
import { Effect, Metric, Schedule } from "effect"
import { showFigures } from "./ProcessFigures.ts"
import { RuntimeConfig } from "./RuntimeConfig.ts"
import { type WaitingCounts, WaitingLetters } from "./WaitingLetters.ts"

const openLetters = Metric.gauge("millrace_runtime_dead_letters_open", {
  description: "Dead letters that nobody has replayed, edited or purged, less the quarantined ones"
})
const quarantinedLetters = Metric.gauge("millrace_runtime_dead_letters_quarantined", {
  description: "Dead letters that came back from as many replays as are allowed"
})

/**
 * Watches the dead letters of all topics until the scope closes: two gauges for each topic, a line of the log whenever more
 * letters wait than before, and one when none is left.
 *
 * Looks each `RUNTIME_DEAD_LETTER_INTERVAL`, topic after topic; joins no group. Any number of services may do it. While
 * Kafka or the registry does not answer it says so and looks again.
 */
export const watchDeadLetters = Effect.gen(function* () {
  const { deadLetterInterval } = yield* RuntimeConfig
  const topics = yield* TopicsFile
  const codec = yield* RecordCodec
  const watched = new Map<string, { readonly letters: WaitingLetters; told: number }>()

  yield* showFigures("deadLetters", () => [...watched].map(([topic, { letters }]) => ({ topic, ...letters.counts })))

  const look = Effect.fnUntraced(function* (name: string) {
    const topic = topics.topic(name)!
    const one = watched.get(name) ?? { letters: yield* WaitingLetters.make(topic), told: 0 }
    watched.set(name, one)
    const counts = yield* one.letters.look
    yield* Metric.update(Metric.withAttributes(openLetters, { topic: name }), counts.open)
    yield* Metric.update(Metric.withAttributes(quarantinedLetters, { topic: name }), counts.quarantined)
    yield* tell(name, one.told, counts)
    one.told = counts.open + counts.quarantined
  })

  const lookAtAll = Effect.andThen(
    codec.prepare([deadLetterMarks]),
    Effect.forEach(topics.all, ({ name }) => look(name), { discard: true })
  ).pipe(Effect.catch((error) => Effect.logWarning("dead letters not watched", { error: error.message })))

  yield* lookAtAll.pipe(Effect.repeat(Schedule.spaced(deadLetterInterval)), Effect.forkScoped)
})

const tell = (topic: string, before: number, { open, quarantined }: WaitingCounts): Effect.Effect<void> => {
  const now = open + quarantined
  if (now > before) return Effect.logWarning("dead letters wait", { topic, open, quarantined, more: now - before })
  return now === 0 && before > 0 ? Effect.logInfo("no dead letter waits any more", { topic }) : Effect.void
}
