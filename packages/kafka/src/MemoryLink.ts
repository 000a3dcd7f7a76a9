import { Context, Effect, Exit, type Fiber, Scheduler } from "effect"
import type { KafkaError } from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"
import type { MemoryBroker } from "./MemoryBroker.ts"
import type { FaultyOperation } from "./MemoryFaults.ts"
import { OwnershipFence } from "./OwnershipFence.ts"

/** How long a client waits for an answer that does not come. */
const requestTimeoutMs = 2_000

/**
 * The way between one client process and the in-memory broker; it can be cut.
 *
 * Of a named process, the two meet only in tasks of their own schedulers: what the broker does goes on when the process is
 * gone, and nothing of a process runs in the broker's turn. So a process whose scheduler stands still (frozen, killed) does
 * nothing more at all, while a request that it sent may still arrive. A client without a name lives with the broker.
 */
export class MemoryLink {
  /** Name of the process, for what is observed at the broker. */
  readonly name: string
  /** Between the members of the process and its sends. */
  readonly fence = new OwnershipFence()
  private readonly broker: MemoryBroker
  private up = true
  private waiting: Array<() => void> = []

  constructor(name: string, broker: MemoryBroker) {
    this.name = name
    this.broker = broker
  }

  get connected(): boolean {
    return this.up
  }

  setConnected(connected: boolean): void {
    this.up = connected
    if (!connected) return
    const waiting = this.waiting
    this.waiting = []
    for (const deliver of waiting) deliver()
    this.broker.wakeConsumers()
  }

  /**
   * Asks the broker, and waits for its answer in the calling process. An interrupted call was sent all the same.
   *
   * Fails with `unavailable` when the request or the answer is lost, by a cut, an outage or a planned fault.
   */
  request<A>(
    operation: FaultyOperation,
    name: string,
    handle: Effect.Effect<A, KafkaError>,
    around: (serving: Effect.Effect<A, KafkaError>) => Effect.Effect<A, KafkaError> = (serving) => serving
  ): Effect.Effect<A, KafkaError> {
    return Effect.withFiber((fiber) =>
      Effect.callback<A, KafkaError>((resume) => {
        const answer = (exit: Exit.Exit<A, KafkaError>) => this.hop(fiber, () => resume(exit))
        this.broker.run(around(this.serve(operation, name, handle)), answer)
      })
    )
  }

  /** Runs something in a process and waits, at the broker, for its end; a cut link delays it. */
  tell(context: Context.Context<never>, effect: Effect.Effect<void>): Effect.Effect<void> {
    return Effect.withFiber((fiber) =>
      Effect.callback<void>((resume) => {
        const ended = () => this.hop(fiber, () => resume(Effect.void))
        const deliver = () => this.post(context, () => Effect.runForkWith(context)(effect).addObserver(ended))
        if (this.up) deliver()
        else this.waiting.push(deliver)
      })
    )
  }

  /** Runs a task in the turn of a process, not in the caller's. */
  post(context: Context.Context<never>, task: () => void): void {
    if (this.name === "") task()
    else Context.get(context, Scheduler.Scheduler).makeDispatcher().scheduleTask(task, 0)
  }

  private hop(fiber: Fiber.Fiber<unknown, unknown>, task: () => void): void {
    if (this.name === "") task()
    else fiber.currentDispatcher.scheduleTask(task, 0)
  }

  private serve<A>(
    operation: FaultyOperation,
    name: string,
    handle: Effect.Effect<A, KafkaError>
  ): Effect.Effect<A, KafkaError> {
    return Effect.gen({ self: this }, function* () {
      const { faults } = this.broker
      const delayMs = faults.delayMs(operation)
      if (delayMs > 0) yield* Effect.sleep(delayMs)
      if (!this.up) return yield* lost(name, "The link to the broker is cut")
      // A transaction meets its own fault when it ends: an aborted one leaves its records behind, unseen.
      const failure = operation === "transaction" ? faults.outage : faults.next(operation)
      if (failure !== undefined && failure.written !== true) return yield* failed(name, failure.reason)
      const exit = yield* Effect.exit(handle)
      if (!this.up) return yield* lost(name, "The link was cut before the answer came; the broker may have done it")
      if (failure !== undefined && Exit.isSuccess(exit)) return yield* failed(name, failure.reason)
      return yield* exit
    })
  }
}

const failed = (name: string, reason: KafkaError["reason"]) =>
  kafkaError(name, reason, "Planned by the test, or the broker is switched off")

const lost = (name: string, why: string) =>
  Effect.andThen(Effect.sleep(requestTimeoutMs), Effect.fail(kafkaError(name, "unavailable", why)))
