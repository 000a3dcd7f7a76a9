import { Cause, type Clock, type Context, Effect, Exit, type Fiber, Result } from "effect"
import { type AttemptEnd, abandoned, apart, finished } from "./AttemptEnd.ts"
import { Deadlines } from "./Deadlines.ts"
import type { FailureReport } from "./ErrorFingerprint.ts"
import { followVerdict } from "./followVerdict.ts"
import { type HandlerVerdict, judge, judgeCause, judgeFailure } from "./HandlerVerdict.ts"
import { expiresHeader, headerText } from "./Headers.ts"
import type { Outlet, Sent } from "./Outlet.ts"
import type { DecodedRecord, RecordDecoder } from "./RecordDecoder.ts"
import { type RecordJob, together } from "./RecordJob.ts"
import { HandlerTimedOut, MalformedRecord } from "./RuntimeError.ts"
import type { InputPlan } from "./TopicPlan.ts"
import { told, traced } from "./tracedAttempt.ts"
import type { HandlerFailure, Incoming, Outcome, Outgoing } from "./Worker.ts"
import type { LaneMetrics } from "./WorkerMetrics.ts"

/** What the attempts of an input need. */
export interface AttemptParts {
  readonly worker: string
  readonly plan: InputPlan
  readonly decoder: RecordDecoder<unknown>
  readonly handle: (record: Incoming<unknown>) => Effect.Effect<Outcome, HandlerFailure>
  /** Handles records of a key together; called where a job has companions. */
  readonly handleChunk: (records: ReadonlyArray<Incoming<unknown>>) => Effect.Effect<Outcome, HandlerFailure>
  /** What follows for a record that came too late. */
  readonly expired: (record: Incoming<unknown>) => Effect.Effect<Outcome, HandlerFailure>
  /** Sends an outcome; it has ended when the broker has it. */
  readonly publish: (job: RecordJob, records: ReadonlyArray<Outgoing>) => Effect.Effect<Sent>
  readonly outlet: Outlet
  /** By index of the lane. */
  readonly metrics: ReadonlyArray<LaneMetrics>
  readonly clock: Clock.Clock
  /** Whether an attempt gets a span: of its record's headers, and wall time in milliseconds. */
  readonly tracing: (headers: Readonly<Record<string, Uint8Array>>, nowMs: number) => boolean
  /** Whether the log takes lines at debug level: then each attempt's start and end are told. */
  readonly telling: boolean
  /** The handler runs in it. */
  readonly context: Context.Context<never>
}

/** Told how an attempt ended; a bug of the runtime itself comes as `defect`. */
export interface AttemptListener {
  readonly ended: (job: RecordJob, end: AttemptEnd) => void
  readonly defect: (job: RecordJob, defect: unknown) => void
}

// Outline of an attempt:
// 1. decode; the schema id may have to be learned from the registry first.
// 2. handle, within the lane's time.
// 3. follow: publish the outcome, or wait, hold or set aside as the failure's kind says.
// A handler that does not wait, with nothing to publish, goes through all of it in one plain call: an Effect for each step
// would cost several times as much as decoding.

/**
 * Runs attempts of records: decode, handle within the timeout, then publish the outcome or set the record aside.
 *
 * `Finished` means that what had to be published is with the broker. Interrupting `job.fiber` leaves the record unfinished.
 */
export class RecordAttempts {
  private readonly parts: AttemptParts
  private readonly listener: AttemptListener
  private readonly deadlines: ReadonlyArray<Deadlines>
  /** The headers seen last that name no end; a driver gives records with equal headers the same object. */
  private lasting: object | undefined
  private readonly fork: <A, E>(effect: Effect.Effect<A, E>) => Fiber.Fiber<A, E>

  constructor(parts: AttemptParts, listener: AttemptListener) {
    const { clock, context, plan } = parts
    this.parts = parts
    this.listener = listener
    this.fork = Effect.runForkWith(context)
    this.deadlines = plan.lanes.map(({ timeoutMs }) => new Deadlines({ timeoutMs, clock, context }))
  }

  /** Begins an attempt. The listener is told its end, within this call when nothing had to be waited for. */
  begin(job: RecordJob): void {
    if (job.crashes === undefined) this.decode(job)
    else this.follow(job, { _tag: "SetAside", failure: crashLoop(job.crashes) })
  }

  /** Handlers that were interrupted for their time and have not ended yet. */
  get overdue(): ReadonlyArray<object> {
    return this.deadlines.flatMap((lane) => lane.overdue)
  }

  private decode(job: RecordJob): void {
    const decoded = this.parts.decoder.decodeNow(job.fetched, job.key, job.failed + 1)
    if (Result.isFailure(decoded)) this.decodeLater(job)
    else this.handle(job, decoded.success)
  }

  /** What can't be decoded at once: its schema id is new, or it is a dead letter. */
  private decodeLater(job: RecordJob): void {
    const decoding = this.fork(this.parts.decoder.decode(job.fetched, job.failed + 1))
    this.whenEnded(job, decoding, (exit) => {
      if (Exit.isFailure(exit)) this.follow(job, judgeCause(exit.cause))
      else this.handle(job, exit.value)
    })
  }

  private handle(job: RecordJob, record: DecodedRecord<unknown>): void {
    if (job.companions.length > 0) this.handleTogether(job, record)
    else if (record.value === null) this.follow(job, judgeFailure(noTombstones(job)))
    else this.run(job, record, () => this.parts.handle(record))
  }

  /** As one, when each of the records could be handled at once by itself. */
  private handleTogether(job: RecordJob, first: DecodedRecord<unknown>): void {
    const records = [first]
    for (const { failed, fetched, key } of job.companions) {
      const decoded = this.parts.decoder.decodeNow(fetched, key, failed + 1)
      if (Result.isSuccess(decoded)) records.push(decoded.success)
    }
    const whole = records.length === job.companions.length + 1 && records.every(({ value }) => value !== null)
    if (whole && !together(job).some((one) => this.isExpired(one))) {
      this.run(job, first, () => this.parts.handleChunk(records))
    } else this.listener.ended(job, apart)
  }

  private run(job: RecordJob, record: Incoming<unknown>, handle: () => Effect.Effect<Outcome, HandlerFailure>): void {
    const { parts } = this
    const startedMs = parts.clock.currentTimeMillisUnsafe()
    const handled = Effect.suspend(() => (this.isExpired(job) ? this.expire(job, record) : handle()))
    const shown = parts.telling ? told(parts.worker, job, handled) : handled
    const fiber = this.fork(
      parts.tracing(job.fetched.record.headers, startedMs)
        ? traced({ worker: parts.worker, topic: parts.plan.contract.name }, record, shown)
        : shown
    )
    const exit = fiber.pollUnsafe()
    if (exit === undefined) this.await(job, fiber, startedMs)
    else this.judge(job, startedMs, exit)
  }

  private await(job: RecordJob, fiber: Fiber.Fiber<Outcome, HandlerFailure>, startedMs: number): void {
    const deadlines = this.deadlines[job.lane]!
    const deadline = deadlines.begin(fiber)
    this.whenEnded(job, fiber, (exit) => {
      deadlines.end(deadline)
      this.judge(job, startedMs, deadline.expired && interruptedOnly(exit) ? this.overrun(job) : exit)
    })
  }

  private isExpired({ fetched }: RecordJob): boolean {
    const { headers } = fetched.record
    if (headers === this.lasting) return false
    const expires = headerText(headers, expiresHeader)
    if (expires === undefined) this.lasting = headers
    return expires !== undefined && Number(expires) <= this.parts.clock.currentTimeMillisUnsafe()
  }

  private expire(job: RecordJob, record: Incoming<unknown>): Effect.Effect<Outcome, HandlerFailure> {
    this.parts.metrics[job.lane]!.expired()
    return this.parts.expired(record)
  }

  private overrun(job: RecordJob): Exit.Exit<never, HandlerFailure> {
    return Exit.fail(new HandlerTimedOut({ timeoutMs: this.parts.plan.lanes[job.lane]!.timeoutMs }))
  }

  private judge(job: RecordJob, startedMs: number, exit: Exit.Exit<Outcome, HandlerFailure>): void {
    const metrics = this.parts.metrics[job.lane]!
    const nowMs = this.parts.clock.currentTimeMillisUnsafe()
    metrics.handlerSeconds((nowMs - startedMs) / 1000)
    if (Exit.isSuccess(exit) && exit.value.publish.length === 0) {
      this.finish(job, finished, nowMs)
    } else this.judgeOutcome(job, judge(exit))
  }

  private judgeOutcome(job: RecordJob, verdict: HandlerVerdict): void {
    const failed = verdict._tag !== "Handled" && verdict._tag !== "Interrupted"
    if (failed && job.companions.length > 0) this.listener.ended(job, apart)
    else this.follow(job, verdict)
  }

  private finish(job: RecordJob, end: AttemptEnd, nowMs: number): void {
    if (end._tag === "Finished") {
      const metrics = this.parts.metrics[job.lane]!
      metrics.processed(1 + job.companions.length)
      metrics.ageSeconds(Math.max(0, nowMs - job.fetched.record.timestampMs) / 1000)
    }
    this.listener.ended(job, end)
  }

  private follow(job: RecordJob, verdict: HandlerVerdict): void {
    const following = this.fork(followVerdict(this.parts, job, verdict))
    this.whenEnded(job, following, (exit) => {
      if (Exit.isSuccess(exit)) {
        this.finish(job, exit.value, this.parts.clock.currentTimeMillisUnsafe())
        return
      }
      const defect = exit.cause.reasons.find((reason) => reason._tag === "Die")
      if (defect === undefined) this.listener.ended(job, abandoned)
      else this.listener.defect(job, defect.defect)
    })
  }

  private whenEnded<A, E>(job: RecordJob, fiber: Fiber.Fiber<A, E>, then: (exit: Exit.Exit<A, E>) => void): void {
    job.fiber = fiber
    fiber.addObserver((exit) => {
      job.fiber = undefined
      then(exit)
    })
  }
}

const crashLoop = (crashes: number): FailureReport => ({
  kind: "defect",
  tag: "CrashLoop",
  message: `The process ended ${crashes} times while it handled this record and no other`,
  stack: undefined
})

const interruptedOnly = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)

const noTombstones = (job: RecordJob): MalformedRecord =>
  new MalformedRecord({ topic: job.fetched.topic, issue: "it has no value, and its topic is not a table" })
