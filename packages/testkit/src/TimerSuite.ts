import { assert, layer as describeLayer } from "@effect/vitest"
import { type NewTimer, type ScheduleStore, type TimerKey, TimerStore } from "@millrace/store"
import { Clock, Duration, Effect, type Layer } from "effect"

const minute = Duration.minutes(1)

/**
 * What every timer store promises. Runs on the real clock without waiting: what is due lies in the past, what is not an
 * hour ahead. Each test has an owner of its own and takes all that is due, so tests of a store run one after the other.
 */
export const timerSuite = <E>(name: string, stores: Layer.Layer<TimerStore | ScheduleStore, E>): void =>
  describeLayer(stores, { excludeTestServices: true })(`timers: ${name}`, (it) => {
    it.effect("gives a due timer once, whole, and not before its time", () =>
      Effect.gen(function* () {
        const store = yield* TimerStore
        const due = yield* timer("whole", "due", {
          skipWhenLaterMs: 250,
          payload: { text: "a\u0000b", list: [1.5, null] }
        })
        assert.deepStrictEqual(yield* store.schedule(due), { dueInMs: 0 })
        const later = yield* timer("whole", "later", { inMs: 3_600_000 })
        const { dueInMs } = yield* store.schedule(later)
        assert.isTrue(dueInMs! > 3_500_000 && dueInMs! <= 3_600_000, `${dueInMs}`)
        const claim = yield* store.claimDue("a", 10, minute)
        assert.deepStrictEqual(claim.timers, [{ ...due, scheduleId: undefined, claims: 1 }])
        assert.isTrue(Math.abs(claim.nowMs - (yield* Clock.currentTimeMillis)) < 60_000)
        assert.deepStrictEqual((yield* store.claimDue("b", 10, minute)).timers, [])
        assert.strictEqual(yield* store.finish([delivered(due)]), 1)
        assert.strictEqual(yield* store.finish([delivered(due)]), 0, "it had ended")
      })
    )

    /** @guarantee crash: scheduler before the offset of a request is committed */
    it.effect("takes a request that comes again for the one it knows, also after it was delivered", () =>
      Effect.gen(function* () {
        const store = yield* TimerStore
        const first = yield* timer("repeat", "t", { inMs: 3_600_000 })
        const moved = { ...first, revision: 2, dueAtMs: 5 }
        yield* store.schedule(first)
        assert.deepStrictEqual(yield* store.schedule(first), { dueInMs: undefined })
        assert.deepStrictEqual(yield* store.schedule(moved), { dueInMs: 0 })
        assert.deepStrictEqual(yield* store.schedule(first), { dueInMs: undefined }, "an older revision")
        assert.deepStrictEqual(yield* take(store), ["t@2"])
        for (const repeated of [first, moved]) {
          assert.deepStrictEqual(yield* store.schedule(repeated), { dueInMs: undefined })
        }
        assert.deepStrictEqual(yield* take(store), [])
        yield* store.schedule({ ...moved, revision: 3 })
        assert.deepStrictEqual(yield* take(store), ["t@3"], "a new revision begins anew")
      })
    )

    it.effect("keeps a timer that was asked for anew while its former revision was delivered", () =>
      Effect.gen(function* () {
        const store = yield* TimerStore
        const first = yield* timer("replaced", "t")
        yield* store.schedule(first)
        yield* store.claimDue("a", 10, minute)
        yield* store.schedule({ ...first, revision: 2 })
        assert.strictEqual(yield* store.finish([delivered(first)]), 0)
        assert.deepStrictEqual(yield* take(store), ["t@2"])
      })
    )

    it.effect("cancels what waits, says when it is too late, and remembers what it did not know", () =>
      Effect.gen(function* () {
        const store = yield* TimerStore
        const waits = yield* timer("cancel", "waits")
        yield* store.schedule(waits)
        assert.strictEqual(yield* store.cancel(waits, 1), "unchanged")
        assert.strictEqual(yield* store.cancel(waits, 2), "cancelled")
        assert.strictEqual(yield* store.cancel(waits, 2), "unchanged")
        const unknown = yield* timer("cancel", "unknown")
        assert.strictEqual(yield* store.cancel(unknown, 2), "cancelled")
        assert.deepStrictEqual(yield* store.schedule(unknown), { dueInMs: undefined })
        assert.deepStrictEqual(yield* take(store), [])
        const gone = yield* timer("cancel", "gone")
        yield* store.schedule(gone)
        yield* take(store)
        assert.strictEqual(yield* store.cancel(gone, 2), "tooLate")
        assert.deepStrictEqual(yield* store.schedule(gone), { dueInMs: undefined })
      })
    )

    /** @guarantee effects: A timer or occurrence is delivered once, however many schedulers run */
    it.effect("bounds a claim, earliest first, and no two claimers share a timer", () =>
      Effect.gen(function* () {
        const store = yield* TimerStore
        for (let n = 0; n < 60; n++) yield* store.schedule(yield* timer("many", `t${n}`, { dueAtMs: (n * 7) % 60 }))
        const { timers } = yield* store.claimDue("first", 10, minute)
        assert.deepStrictEqual(
          timers.map(({ dueAtMs }) => dueAtMs),
          Array.from({ length: 10 }, (_, n) => n)
        )
        yield* store.finish(timers.map(delivered))
        // Claims that overtake one another are rare: rounds make them likely.
        for (let round = 0; round < 15; round++) {
          const claims = yield* Effect.forEach(
            Array.from({ length: 8 }).keys(),
            (claimer) => store.claimDue(`claimer-${claimer}`, 10, minute),
            { concurrency: 8 }
          )
          for (const claim of claims) assert.isAtMost(claim.timers.length, 10)
          const claimed = claims.flatMap((claim) => claim.timers)
          const rest = (yield* store.claimDue("rest", 1000, minute)).timers
          assert.deepStrictEqual(
            [...claimed, ...rest].map(({ dueAtMs }) => dueAtMs).toSorted((a, b) => a - b),
            Array.from({ length: 50 }, (_, n) => n + 10)
          )
          for (let claimer = 0; claimer < 8; claimer++) yield* store.release(`claimer-${claimer}`, claimed)
          yield* store.release("rest", rest)
        }
        assert.lengthOf(yield* take(store), 50)
      })
    )

    /** @guarantee crash: scheduler is killed (kill -9) with timers in its hands */
    it.effect("gives a dead claimer's timers to another once the lease is over, and counts the claims", () =>
      Effect.gen(function* () {
        const store = yield* TimerStore
        const due = yield* timer("lease", "t")
        yield* store.schedule(due)
        yield* store.claimDue("dead", 10, Duration.millis(1))
        const again = yield* store
          .claimDue("alive", 10, minute)
          .pipe(Effect.repeat({ until: ({ timers }) => timers.length > 0, times: 100_000 }))
        assert.deepStrictEqual(
          again.timers.map(({ claims }) => claims),
          [2]
        )
        yield* store.release("dead", [due])
        assert.deepStrictEqual((yield* store.claimDue("c", 10, minute)).timers, [], "only its holder gives it back")
        yield* store.release("alive", [due])
        assert.deepStrictEqual(yield* take(store), ["t@1"])
      })
    )

    /** @guarantee records: A clock that jumps repeats no timer and loses none */
    it.effect("takes a claim that ends later than any could for one from before the clock went back", () =>
      Effect.gen(function* () {
        const store = yield* TimerStore
        yield* store.schedule(yield* timer("back", "t"))
        yield* store.claimDue("a", 10, minute)
        // Statements overtake one another: a claim may end somewhat later than this one's own would.
        assert.deepStrictEqual((yield* store.claimDue("b", 10, Duration.seconds(40))).timers, [])
        yield* store.release("a", [{ owner: "back", timerId: "t" }])
        yield* store.claimDue("before", 10, Duration.hours(2))
        assert.deepStrictEqual(yield* take(store), ["t@1"])
      })
    )

    it.effect("tells how long it is until the next, which a claimed one is not", () =>
      Effect.gen(function* () {
        const store = yield* TimerStore
        const ahead = yield* timer("next", "ahead", { inMs: 1_800_000 })
        yield* store.schedule(ahead)
        const wait = yield* store.untilNext
        assert.isTrue(wait! > 1_700_000 && wait! <= 1_800_000, `${wait}`)
        const due = yield* timer("next", "due")
        yield* store.schedule(due)
        assert.strictEqual(yield* store.untilNext, 0)
        assert.deepInclude(yield* store.counts, { due: 1 })
        yield* store.claimDue("a", 10, minute)
        assert.isAbove((yield* store.untilNext)!, 1_000_000)
        assert.deepInclude(yield* store.counts, { due: 1 }, "claimed, and not delivered yet")
        yield* store.finish([delivered(due)])
        assert.deepInclude(yield* store.counts, { due: 0 })
        yield* store.cancel(ahead, 2)
      })
    )

    it.effect("lists page by page, what waits first, and says how many there are", () =>
      Effect.gen(function* () {
        const store = yield* TimerStore
        const target = { topic: "it-target", key: "k", workspaceId: "ws-pages" }
        for (const [id, dueAtMs] of [
          ["p3", 9e12],
          ["p1", 8e12],
          ["p2", 8e12]
        ] as const)
          yield* store.schedule({ ...(yield* timer("pages", id, { dueAtMs })), target })
        const { rows, total } = yield* store.list({ limit: 2, workspaceId: "ws-pages" })
        assert.deepStrictEqual([rows.map(({ timerId }) => timerId), total], [["p1", "p2"], 3])
        const rest = yield* store.list({ limit: 2, workspaceId: "ws-pages", after: rows[1] })
        assert.deepStrictEqual([rest.rows.map(({ timerId }) => timerId), rest.total], [["p3"], 3])
      })
    )

    it.effect("takes a timer back for somebody who is not its owner, who may ask for it anew", () =>
      Effect.gen(function* () {
        const store = yield* TimerStore
        const asked = yield* timer("withdrawn", "w")
        yield* store.schedule(asked)
        assert.isUndefined(yield* store.withdraw(asked, 2), "another revision than that which is known")
        assert.isUndefined(yield* store.withdraw(asked, 1, "it-other"), "another workspace's")
        const before = yield* store.withdraw(asked, 1, asked.target.workspaceId)
        assert.deepInclude(before, { state: "waiting", timerId: "w", topic: "it-target", workspaceId: "ws-1" })
        assert.isUndefined(yield* store.withdraw(asked, 1), "it waits no longer")
        assert.deepStrictEqual(yield* store.schedule(asked), { dueInMs: undefined }, "the request comes again")
        assert.deepStrictEqual(yield* take(store), [])
        yield* store.schedule({ ...asked, revision: 2 })
        assert.deepStrictEqual(yield* take(store), ["w@2"])
      })
    )

    it.effect("keeps what was refused, with its reason, and forgets what ended long ago", () =>
      Effect.gen(function* () {
        const store = yield* TimerStore
        const [kept, ended] = [yield* timer("prune", "kept"), yield* timer("prune", "ended")]
        for (const one of [kept, ended]) yield* store.schedule(one)
        yield* store.claimDue("a", 10, minute)
        yield* store.finish([{ ...delivered(kept), outcome: "refused", reason: "no such topic" }, delivered(ended)])
        assert.strictEqual(yield* store.prune(minute), 0)
        yield* store.prune(Duration.zero).pipe(Effect.repeat({ until: (count) => count > 0, times: 100_000 }))
        const mine = (yield* store.list({ limit: 1000 })).rows.filter(({ owner }) => owner === kept.owner)
        assert.deepStrictEqual(
          mine.map(({ timerId, state, reason, topic }) => ({ timerId, state, reason, topic })),
          [{ timerId: "kept", state: "refused", reason: "no such topic", topic: "it-target" }]
        )
        const of = (workspaceId: string) =>
          Effect.map(store.list({ limit: 1000, workspaceId }), ({ rows }) =>
            rows.some(({ owner }) => owner === kept.owner)
          )
        assert.deepStrictEqual([yield* of(kept.target.workspaceId), yield* of("it-other")], [true, false])
        assert.deepStrictEqual(yield* store.schedule(kept), { dueInMs: undefined })
      })
    )
  })

interface TimerMaking {
  readonly dueAtMs?: number
  /** From now. */
  readonly inMs?: number
  readonly payload?: unknown
  readonly skipWhenLaterMs?: number
}

const timer = (owner: string, timerId: string, making: TimerMaking = {}): Effect.Effect<NewTimer> =>
  Effect.map(Clock.currentTimeMillis, (nowMs) => ({
    owner,
    timerId,
    revision: 1,
    dueAtMs: making.inMs === undefined ? (making.dueAtMs ?? 1) : nowMs + making.inMs,
    target: { topic: "it-target", key: "k", workspaceId: "ws-1" },
    payload: making.payload ?? { id: timerId },
    skipWhenLaterMs: making.skipWhenLaterMs
  }))

const delivered = ({ owner, timerId, revision }: TimerKey & { readonly revision: number }) =>
  ({ owner, timerId, revision, outcome: "delivered", reason: undefined }) as const

/** Claims and ends all that is due; returns `id@revision` of each. */
const take = Effect.fnUntraced(function* (store: TimerStore["Service"]) {
  const { timers } = yield* store.claimDue("taker", 1000, minute)
  yield* store.finish(timers.map(delivered))
  return timers.map(({ timerId, revision }) => `${timerId}@${revision}`)
})
