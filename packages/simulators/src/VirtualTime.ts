// Foreign boundary: the scheduler of a virtual world; a standstill at one instant can only be thrown.
import type { Random } from "effect"

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly ring: () => void
  cancelled: boolean
}

/** A place where tasks run one after the other, each in its turn: a simulated process, or the broker. */
export interface TurnTaker {
  readonly name: string
  readonly tasks: Array<() => void>
}

/** Tasks at one instant after which the simulation gives up: something goes on without time passing. */
const mostTasksAtOnce = 500_000

/**
 * Time and turns of a simulated world: nothing waits, and one seed gives one order of everything.
 *
 * Tasks of one process run in the order they came; which process has the next turn is drawn. When nothing is left to do,
 * time moves to the next due moment.
 */
export class VirtualTime {
  nowMs: number
  /** Tasks run so far. */
  turns = 0
  private readonly random: Random.Random
  private readonly timers: Array<Timer> = []
  private readonly ready: Array<TurnTaker> = []
  private order = 0

  constructor(startMs: number, random: Random.Random) {
    this.nowMs = startMs
    this.random = random
  }

  /** Calls back at a time, in milliseconds; returns how to cancel it. Equal times ring in the order they were set. */
  at(dueMs: number, ring: () => void): () => void {
    const timer: Timer = { dueMs: Math.max(dueMs, this.nowMs), order: this.order++, ring, cancelled: false }
    this.push(timer)
    return () => {
      timer.cancelled = true
    }
  }

  /** Gives a process a task for one of its next turns. */
  enqueue(taker: TurnTaker, task: () => void): void {
    if (taker.tasks.length === 0) this.ready.push(taker)
    taker.tasks.push(task)
  }

  /** Takes all turns away from a process; returns the tasks it would have run. */
  takeOut(taker: TurnTaker): ReadonlyArray<() => void> {
    const index = this.ready.indexOf(taker)
    if (index >= 0) this.ready.splice(index, 1)
    return taker.tasks.splice(0)
  }

  /** Runs everything that is due until a time, and leaves the clock there. */
  runUntil(endMs: number): void {
    this.settle()
    for (let next = this.timers[0]; next !== undefined && next.dueMs <= endMs; next = this.timers[0]) {
      this.nowMs = next.dueMs
      while (this.timers[0] !== undefined && this.timers[0].dueMs === this.nowMs) {
        const timer = this.pop()
        if (!timer.cancelled) timer.ring()
      }
      this.settle()
    }
    this.nowMs = Math.max(this.nowMs, endMs)
  }

  private settle(): void {
    for (let tasks = 0; this.ready.length > 0; tasks++) {
      if (tasks > mostTasksAtOnce) {
        throw new Error(`More than ${mostTasksAtOnce} tasks at ${this.nowMs} ms; next: ${this.ready[0]!.name}`)
      }
      const index = this.ready.length === 1 ? 0 : Math.floor(this.random.nextDoubleUnsafe() * this.ready.length)
      const taker = this.ready[index]!
      const task = taker.tasks.shift()!
      if (taker.tasks.length === 0) this.ready.splice(index, 1)
      this.turns += 1
      task()
    }
  }

  private push(timer: Timer): void {
    const heap = this.timers
    let at = heap.push(timer) - 1
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (before(heap[parent]!, timer)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = timer
  }

  private pop(): Timer {
    const heap = this.timers
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let at = 0
    while (true) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1
      if (before(last, heap[child]!)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

const before = (one: Timer, other: Timer): boolean =>
  one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order)
