import { type Context, Effect, Exit, type Fiber } from "effect"

/** Waits of jobs for their next attempt. */
export class RetryTimers<J> {
  private readonly context: Context.Context<never>
  private readonly due: (job: J) => void
  private readonly waits = new Map<J, Fiber.Fiber<void>>()

  constructor(context: Context.Context<never>, due: (job: J) => void) {
    this.context = context
    this.due = due
  }

  has(job: J): boolean {
    return this.waits.has(job)
  }

  start(job: J, afterMs: number): void {
    const wait = Effect.runForkWith(this.context)(Effect.sleep(afterMs))
    this.waits.set(job, wait)
    wait.addObserver((exit) => {
      this.waits.delete(job)
      if (Exit.isSuccess(exit)) this.due(job)
    })
  }

  /** Ends all waits; none of them comes due. */
  release(): void {
    for (const wait of [...this.waits.values()]) wait.interruptUnsafe()
  }
}
