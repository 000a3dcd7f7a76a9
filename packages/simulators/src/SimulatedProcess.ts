import { Clock, Context, Duration, Effect, Logger, Random, Scheduler } from "effect"
import type { TurnTaker, VirtualTime } from "./VirtualTime.ts"

/** Operations of a fiber before it lets others go on, as in production. */
const operationsPerTurn = 2_048

/**
 * A process of a simulated world: fibers started in its context run on its own turns, see virtual time, and draw from its
 * own Random.
 *
 * `kill` is a kill -9: nothing of it runs afterwards, no finalizer either. `freeze` is a SIGSTOP: what comes due meanwhile
 * waits until `thaw`.
 */
export class SimulatedProcess implements TurnTaker {
  readonly name: string
  readonly tasks: Array<() => void> = []
  readonly context: Context.Context<never>
  private readonly time: VirtualTime
  private held: Array<() => void> | undefined
  private dead = false

  constructor(name: string, time: VirtualTime, random: Random.Random) {
    this.name = name
    this.time = time
    this.context = Context.make(Scheduler.Scheduler, this.scheduler).pipe(
      Context.add(Clock.Clock, this.clock),
      Context.add(Random.Random, random),
      Context.add(Logger.CurrentLoggers, new Set())
    )
  }

  get alive(): boolean {
    return !this.dead
  }

  get frozen(): boolean {
    return this.held !== undefined
  }

  /** Gives the process something to do in its next turn; a dead one does nothing. */
  enqueue(task: () => void): void {
    if (this.dead) return
    if (this.held === undefined) this.time.enqueue(this, task)
    else this.held.push(task)
  }

  /** Starts an effect in the process. */
  run<A, E>(effect: Effect.Effect<A, E>): void {
    this.enqueue(() => Effect.runForkWith(this.context)(effect))
  }

  kill(): void {
    this.dead = true
    this.held = undefined
    this.time.takeOut(this)
  }

  freeze(): void {
    if (this.dead || this.frozen) return
    this.held = [...this.time.takeOut(this)]
  }

  thaw(): void {
    const held = this.held
    if (held === undefined) return
    this.held = undefined
    for (const task of held) this.time.enqueue(this, task)
  }

  private get scheduler(): Scheduler.Scheduler {
    return {
      executionMode: "async",
      shouldYield: (fiber) => fiber.currentOpCount >= operationsPerTurn,
      makeDispatcher: () => ({ scheduleTask: (task) => this.enqueue(task), flush: () => {} })
    }
  }

  private get clock(): Clock.Clock {
    const { time } = this
    const nanos = () => BigInt(time.nowMs) * 1_000_000n
    return {
      currentTimeMillisUnsafe: () => time.nowMs,
      currentTimeMillis: Effect.sync(() => time.nowMs),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: nanos,
      monotonicTimeNanos: Effect.sync(nanos),
      sleep: (duration) =>
        Effect.callback<void>((resume) => {
          const ms = Duration.toMillis(duration)
          if (!Number.isFinite(ms)) return
          const cancel = time.at(time.nowMs + Math.ceil(ms), () => this.enqueue(() => resume(Effect.void)))
          return Effect.sync(cancel)
        })
    }
  }
}

/** A Random of its own for one purpose, decided by the seed. */
export const randomOfSeed = (seed: string): Random.Random =>
  Effect.runSyncWith(Context.empty())(Effect.service(Random.Random).pipe(Random.withSeed(seed)))
