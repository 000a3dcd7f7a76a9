import { type Clock, type Context, Effect, Exit, type Fiber } from "effect"

/** The latest end of a handler's run. */
export interface Deadline {
  readonly atMs: number
  readonly fiber: Fiber.Fiber<unknown, unknown>
  /** True once the time was over and the handler was interrupted for it. */
  expired: boolean
}

/**
 * Interrupts handlers that overrun; all of them have the same time, so the first begun is the first due.
 *
 * One timer serves all: a handler that ends in time costs no timer of its own.
 */
export class Deadlines {
  private readonly timeoutMs: number
  private readonly clock: Clock.Clock
  private readonly context: Context.Context<never>
  private readonly running = new Set<Deadline>()
  private timer: Fiber.Fiber<void> | undefined

  constructor(options: {
    readonly timeoutMs: number
    readonly clock: Clock.Clock
    readonly context: Context.Context<never>
  }) {
    this.timeoutMs = options.timeoutMs
    this.clock = options.clock
    this.context = options.context
  }

  /** Watches a handler that was just begun. */
  begin(fiber: Fiber.Fiber<unknown, unknown>): Deadline {
    const deadline: Deadline = { atMs: this.clock.currentTimeMillisUnsafe() + this.timeoutMs, fiber, expired: false }
    this.running.add(deadline)
    if (this.timer === undefined) this.wait(this.timeoutMs)
    return deadline
  }

  /** Handlers that were interrupted for their time and have not ended yet. */
  get overdue(): ReadonlyArray<Deadline> {
    return [...this.running].filter(({ expired }) => expired)
  }

  /** The handler has ended. */
  end(deadline: Deadline): void {
    this.running.delete(deadline)
    if (this.running.size > 0 || this.timer === undefined) return
    const { timer } = this
    this.timer = undefined
    timer.interruptUnsafe()
  }

  private wait(ms: number): void {
    const timer = Effect.runForkWith(this.context)(Effect.sleep(ms))
    this.timer = timer
    timer.addObserver((exit) => {
      if (this.timer !== timer || Exit.isFailure(exit)) return
      this.timer = undefined
      this.expire()
    })
  }

  private expire(): void {
    const now = this.clock.currentTimeMillisUnsafe()
    for (const deadline of this.running) {
      if (deadline.expired) continue
      if (deadline.atMs > now) {
        if (this.timer === undefined) this.wait(deadline.atMs - now)
        return
      }
      deadline.expired = true
      deadline.fiber.interruptUnsafe()
    }
  }
}
