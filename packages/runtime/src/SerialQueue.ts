import { type Context, Effect, Exit, type Fiber } from "effect"

/**
 * Works off one piece after another, in order; a piece that comes to an idle queue is begun at once, in the call that
 * brings it.
 */
export class SerialQueue<A> {
  private readonly context: Context.Context<never>
  private readonly next: () => A | undefined
  private readonly work: (piece: A) => Effect.Effect<void>
  private readonly onEnd: (defect: unknown | undefined) => void
  private fiber: Fiber.Fiber<void> | undefined
  private active = false

  /** `next` gives the piece to work off, undefined when there is none; `onEnd` is called when the queue falls idle. */
  constructor(options: {
    readonly context: Context.Context<never>
    readonly next: () => A | undefined
    readonly work: (piece: A) => Effect.Effect<void>
    readonly onEnd: (defect: unknown | undefined) => void
  }) {
    this.context = options.context
    this.next = options.next
    this.work = options.work
    this.onEnd = options.onEnd
  }

  get idle(): boolean {
    return !this.active
  }

  /** Begins if there is something to do and nothing is under way. */
  wake(): void {
    if (this.active) return
    const first = this.next()
    if (first === undefined) return
    this.active = true
    const fiber = Effect.runForkWith(this.context)(this.workOff(first))
    this.fiber = fiber
    fiber.addObserver((exit) => {
      this.active = false
      this.fiber = undefined
      const defect = Exit.isFailure(exit) ? exit.cause.reasons.find((reason) => reason._tag === "Die") : undefined
      this.onEnd(defect?.defect)
    })
  }

  interrupt(): void {
    this.fiber?.interruptUnsafe()
  }

  private workOff(first: A): Effect.Effect<void> {
    const queue = this
    return Effect.gen(function* () {
      for (let piece: A | undefined = first; piece !== undefined; piece = queue.next()) yield* queue.work(piece)
    })
  }
}
