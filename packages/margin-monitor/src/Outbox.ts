import { type Outgoing, Publisher, type PublishFailed, traceHeader } from "@millrace/runtime"
import { Context, Effect, Latch, Layer, Schedule, Semaphore } from "effect"
import { type Outputs, toOutgoing } from "./Output.ts"

interface Entry {
  readonly partition: number
  readonly record: Outgoing
}

/** Records of one send at most: so many are encoded before the first of them can be read. */
const oneSend = 200

/**
 * Publishes the monitor's outputs in the order in which they were decided, commands ahead of what only tells of them: the
 * executor has a command on its way to the exchange while the rest is still being encoded. A crash in between repeats the
 * commands under the same ids.
 *
 * The evaluator's state runs ahead of what is published, so nothing is ever dropped here because Kafka does not answer:
 * it is held and sent again (under the same ids) until the broker has it. Only the loss of a partition, or the end of the
 * process, gives up what was not sent; who takes over decides the same again from the committed tick.
 */
export class Outbox extends Context.Service<
  Outbox,
  {
    /** Plain and immediate; what is offered goes out with the next `flush`, or soon by itself. `trace`: its `traceparent`. */
    readonly offer: (partition: number, outputs: Outputs, trace?: string) => void
    /** Returns once the broker has everything that was offered before. */
    readonly flush: Effect.Effect<void>
    /** Gives up what waits for a partition that this instance lost. */
    readonly forget: (partition: number) => void
    /** Records waiting. */
    readonly waiting: () => number
  }
>()("@millrace/margin-monitor/Outbox") {
  static readonly layer = Layer.effect(
    Outbox,
    Effect.gen(function* () {
      const publisher = yield* Publisher
      const turn = yield* Semaphore.make(1)
      const work = yield* Latch.make(false)
      let commands: Array<Entry> = []
      let others: Array<Entry> = []

      const publish = (entries: ReadonlyArray<Entry>) =>
        publishAll(
          publisher.publish,
          entries.map((entry) => entry.record)
        ).pipe(
          Effect.andThen(
            Effect.sync(() => {
              const sent = new Set(entries)
              commands = commands.filter((entry) => !sent.has(entry))
              others = others.filter((entry) => !sent.has(entry))
            })
          )
        )
      /** One try with all that waits now: what was lost meanwhile is not in it. */
      const attempt: Effect.Effect<void, PublishFailed> = Effect.suspend(() => {
        const next = commands.length > 0 ? commands : others
        return next.length === 0 ? Effect.void : Effect.andThen(publish(next.slice(0, oneSend)), attempt)
      })
      const send = attempt.pipe(
        Effect.tapError((error) => Effect.logWarning("Monitor outputs wait", { error: error.message })),
        Effect.retry(patience),
        Effect.orDie
      )
      // What is under way still waits, so with nothing waiting all is with the broker.
      const flush = Effect.suspend(() =>
        commands.length + others.length === 0 ? Effect.void : turn.withPermits(1)(send)
      )

      yield* Effect.addFinalizer(() => Effect.timeoutOption(flush, stopPatience))
      yield* work.await.pipe(Effect.andThen(work.close), Effect.andThen(flush), Effect.forever, Effect.forkScoped)

      return Outbox.of({
        offer: (partition, outputs, trace) => {
          if (outputs.length === 0) return
          for (const output of outputs) {
            const queue = output._tag === "Command" ? commands : others
            const record = toOutgoing(output)
            const traced = trace === undefined ? record : { ...record, headers: { [traceHeader]: trace } }
            queue.push({ partition, record: traced })
          }
          work.openUnsafe()
        },
        flush,
        forget: (partition) => {
          commands = commands.filter((entry) => entry.partition !== partition)
          others = others.filter((entry) => entry.partition !== partition)
        },
        waiting: () => commands.length + others.length
      })
    })
  )
}

type Publish = (records: ReadonlyArray<Outgoing>) => Effect.Effect<void, PublishFailed>

/** Waits between attempts while Kafka or the registry does not answer: 20 ms, doubling up to 1 s, without end. */
const patience = Schedule.min([Schedule.exponential("20 millis"), Schedule.spaced("1 second")])

/** Longest wait for the broker when the process stops. */
const stopPatience = "2 seconds"

/** One send; a record that can't be published at all (a defect of ours) does not hold up the protection of others. */
const publishAll = (publish: Publish, records: ReadonlyArray<Outgoing>): Effect.Effect<void, PublishFailed> =>
  Effect.catchIf(
    publish(records),
    (error) => error.kind === "permanent",
    (error) =>
      records.length > 1
        ? Effect.forEach(records, (record) => publishAll(publish, [record]), { discard: true })
        : Effect.logError("A monitor output can't be published and is dropped", { error: error.message })
  )
