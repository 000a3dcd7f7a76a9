import { Fifo } from "./Fifo.ts"

/** Something to run: one record of a key in a lane. */
export interface Job {
  readonly key: string
  /** Index of the lane, 0 is the most urgent. */
  readonly lane: number
}

/** Limits of a scheduler. */
export interface SchedulerLimits {
  readonly lanes: number
  /** Jobs at the same time. */
  readonly concurrency: number
  /** Of these, how many only lane 0 may take. */
  readonly reserve: number
  /** A lower lane is served at least after this many jobs of higher lanes while it has work. */
  readonly shareEvery: number
}

/** States of keys without jobs that are kept for keys to come: most keys have one job at a time. */
const spareStates = 1_000

interface KeyState<J extends Job> {
  key: string
  running: J | undefined
  /** Jobs of the key, a list for each lane that ever had one. */
  readonly queues: Array<Fifo<J> | undefined>
  /** Bit n: the head of lane n waits for its next attempt. */
  waiting: number
  /** Lane whose head may run now; -1: none, or the key is busy. */
  readyLane: number
  /** Bit n: the key stands in the ready list of lane n, perhaps out of date. */
  listed: number
}

/**
 * Decides which job runs next; plain and immediate.
 *
 * At most one job of a key runs at a time, the higher lane first; within a key and lane in order of arrival. A key whose
 * job waits for its next attempt holds back its own and lower lanes only, and no other key. A free place goes to the
 * highest lane that has work; lower lanes together never take the reserve, and each gets its small share.
 */
export class KeyScheduler<J extends Job> {
  private readonly limits: SchedulerLimits
  private readonly keys = new Map<string, KeyState<J>>()
  private readonly spare: Array<KeyState<J>> = []
  private readonly ready: Array<Fifo<KeyState<J>>>
  private readonly runningIn: Array<number>
  private readonly queuedIn: Array<number>
  private readonly passedOver: Array<number>
  private readonly paused: Array<boolean>
  private readonly most: Array<number>
  private runningAll = 0

  constructor(limits: SchedulerLimits) {
    const lanes = Array.from({ length: limits.lanes })
    this.limits = limits
    this.ready = lanes.map(() => new Fifo<KeyState<J>>())
    this.runningIn = lanes.map(() => 0)
    this.queuedIn = lanes.map(() => 0)
    this.passedOver = lanes.map(() => 0)
    this.paused = lanes.map(() => false)
    this.most = lanes.map(() => Number.POSITIVE_INFINITY)
  }

  /** Jobs running now. */
  get running(): number {
    return this.runningAll
  }

  /** Jobs of a lane running now. */
  runningOf(lane: number): number {
    return this.runningIn[lane] ?? 0
  }

  /** Jobs of a lane that wait for their turn or their next attempt. */
  queued(lane: number): number {
    return this.queuedIn[lane] ?? 0
  }

  /** Adds a job behind the others of its key and lane. */
  add(job: J): void {
    const state = this.stateOf(job.key)
    this.queueOf(state, job.lane).push(job)
    this.queuedIn[job.lane]!++
    this.refresh(state)
  }

  /** Adds a job whose time has not come: where it is the first of its key and lane, they wait for `retry`. */
  addWaiting(job: J): void {
    const state = this.stateOf(job.key)
    const queue = this.queueOf(state, job.lane)
    queue.push(job)
    this.queuedIn[job.lane]!++
    if (queue.size === 1 && state.running?.lane !== job.lane) state.waiting |= 1 << job.lane
    this.refresh(state)
  }

  /** The first job of a key and lane when it waits for its next attempt. */
  waitingHead(key: string, lane: number): J | undefined {
    const state = this.keys.get(key)
    return state === undefined || (state.waiting & (1 << lane)) === 0 ? undefined : state.queues[lane]?.peek()
  }

  /** Jobs of a key and lane that do not run, in their order. */
  queuedOf(key: string, lane: number): ReadonlyArray<J> {
    return this.keys.get(key)?.queues[lane]?.toArray() ?? []
  }

  /** All jobs, running or not; for rare questions, as it goes through all of them. */
  *all(): IterableIterator<J> {
    for (const { running, queues } of this.keys.values()) {
      if (running !== undefined) yield running
      for (const queue of queues) if (queue !== undefined) yield* queue.toArray()
    }
  }

  /** Shows the running job and the first queued ones of each key; returns for each lane how many keys wait for an attempt. */
  survey(show: (job: J) => void): ReadonlyArray<number> {
    const waiting = this.queuedIn.map(() => 0)
    for (const state of this.keys.values()) {
      if (state.running !== undefined) show(state.running)
      for (let lane = 0; lane < state.queues.length; lane++) {
        const first = state.queues[lane]?.peek()
        if (first !== undefined) show(first)
        if ((state.waiting & (1 << lane)) !== 0) waiting[lane]!++
      }
    }
    return waiting
  }

  /** Takes the job to run next; undefined when none may run now. `finish` or `waitForRetry` must follow. */
  take(): J | undefined {
    const lane = this.laneToServe()
    if (lane < 0) return undefined
    const state = this.ready[lane]!.shift()!
    state.listed &= ~(1 << lane)
    const job = state.queues[lane]!.shift()!
    state.readyLane = -1
    state.running = job
    this.queuedIn[lane]!--
    this.runningIn[lane]!++
    this.runningAll++
    for (let lower = lane + 1; lower < this.limits.lanes; lower++) {
      if (this.hasReady(lower)) this.passedOver[lower]!++
    }
    this.passedOver[lane] = 0
    return job
  }

  /** Takes up to `most` jobs that wait right behind a running one, in its key and lane, as long as they fit. */
  takeMore(job: J, most: number, fits: (next: J) => boolean): ReadonlyArray<J> {
    const queue = this.keys.get(job.key)?.queues[job.lane]
    const taken: Array<J> = []
    for (let next = queue?.peek(); next !== undefined && taken.length < most && fits(next); next = queue?.peek()) {
      taken.push(queue!.shift()!)
    }
    this.queuedIn[job.lane]! -= taken.length
    return taken
  }

  /** Ends a running job for now: it and those taken with it stand first in their lane again, and may run at once. */
  putBack(job: J, taken: ReadonlyArray<J>): void {
    const state = this.keys.get(job.key)
    if (state === undefined || state.running !== job) return
    this.free(state, job)
    const queue = this.queueOf(state, job.lane)
    for (const one of [...taken].reverse()) queue.unshift(one)
    queue.unshift(job)
    this.queuedIn[job.lane]! += taken.length + 1
    this.refresh(state)
  }

  /** Ends a running job; its key is free for the next one. */
  finish(job: J): void {
    const state = this.keys.get(job.key)
    if (state === undefined || state.running !== job) return
    this.free(state, job)
    this.refresh(state)
  }

  /** Ends a running job for now: it stands first in its lane again, and may run after `retry`. */
  waitForRetry(job: J): void {
    const state = this.keys.get(job.key)
    if (state === undefined || state.running !== job) return
    this.free(state, job)
    this.queueOf(state, job.lane).unshift(job)
    this.queuedIn[job.lane]!++
    state.waiting |= 1 << job.lane
    this.refresh(state)
  }

  /** Ends the wait of a job; one that was dropped meanwhile changes nothing. */
  retry(job: J): void {
    const state = this.keys.get(job.key)
    if (state === undefined || state.queues[job.lane]?.peek() !== job) return
    state.waiting &= ~(1 << job.lane)
    this.refresh(state)
  }

  /** While paused, no job of the lane is taken, and none of it holds its key back from other lanes. */
  setPaused(lane: number, paused: boolean): void {
    this.paused[lane] = paused
    for (const state of this.keys.values()) this.refresh(state)
  }

  /** Runs at most so many jobs of the lane from now on; those running go on. */
  limitLane(lane: number, most: number): void {
    this.most[lane] = most
  }

  /** Forgets jobs that do not run; those running stay until they are finished. */
  drop(gone: (job: J) => boolean): void {
    for (const state of this.keys.values()) {
      state.queues.forEach((queue, lane) => {
        if (queue === undefined || queue.size === 0) return
        const head = queue.peek()
        const before = queue.size
        queue.filter((job) => !gone(job))
        this.queuedIn[lane]! -= before - queue.size
        if (queue.peek() !== head) state.waiting &= ~(1 << lane)
      })
      this.refresh(state)
    }
  }

  private free(state: KeyState<J>, job: J): void {
    state.running = undefined
    this.runningIn[job.lane]!--
    this.runningAll--
  }

  private laneToServe(): number {
    if (this.runningAll >= this.limits.concurrency) return -1
    const lowerRunning = this.runningAll - this.runningIn[0]!
    const lowerAllowed = lowerRunning < this.limits.concurrency - this.limits.reserve
    const lowest = lowerAllowed ? this.limits.lanes : 1
    for (let lane = 1; lane < lowest; lane++) {
      if (this.passedOver[lane]! >= this.limits.shareEvery && this.hasReady(lane)) return lane
    }
    for (let lane = 0; lane < lowest; lane++) if (this.hasReady(lane)) return lane
    return -1
  }

  private hasReady(lane: number): boolean {
    if (this.paused[lane] || this.runningIn[lane]! >= this.most[lane]!) return false
    const list = this.ready[lane]!
    for (let state = list.peek(); state !== undefined; state = list.peek()) {
      if (state.readyLane === lane) return true
      list.shift()
      state.listed &= ~(1 << lane)
    }
    return false
  }

  /** Recomputes which lane of a key may run, lists the key there, and forgets a key without jobs. */
  private refresh(state: KeyState<J>): void {
    state.readyLane = -1
    if (state.running !== undefined) return
    let empty = true
    for (let lane = 0; lane < state.queues.length; lane++) {
      const queue = state.queues[lane]
      if (queue === undefined || queue.size === 0) continue
      empty = false
      if (this.paused[lane]) continue
      if ((state.waiting & (1 << lane)) !== 0) break
      state.readyLane = lane
      if ((state.listed & (1 << lane)) === 0) {
        state.listed |= 1 << lane
        this.ready[lane]!.push(state)
      }
      break
    }
    if (empty) this.forget(state)
  }

  private forget(state: KeyState<J>): void {
    this.keys.delete(state.key)
    state.waiting = 0
    if (state.listed === 0 && this.spare.length < spareStates) this.spare.push(state)
  }

  private stateOf(key: string): KeyState<J> {
    const known = this.keys.get(key)
    if (known !== undefined) return known
    const state = this.spare.pop() ?? { key, running: undefined, queues: [], waiting: 0, readyLane: -1, listed: 0 }
    state.key = key
    this.keys.set(key, state)
    return state
  }

  private queueOf(state: KeyState<J>, lane: number): Fifo<J> {
    const known = state.queues[lane]
    if (known !== undefined) return known
    const queue = new Fifo<J>()
    state.queues[lane] = queue
    return queue
  }
}
