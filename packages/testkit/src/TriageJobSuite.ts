import { assert, layer as describeLayer } from "@effect/vitest"
import { type NewTriageJob, silentAfterMs, TriageJobStore } from "@millrace/store"
import { Effect, type Layer } from "effect"

const job = (jobId: string, more: Partial<NewTriageJob> = {}): NewTriageJob => ({
  jobId,
  workspaceId: "w1",
  actor: "ann",
  topic: `it-${jobId}`,
  kind: "replay",
  selection: { fingerprint: "f" },
  before: { open: 3 },
  ...more
})

/** What every store of jobs on dead letters promises; each test has jobs and topics of its own. */
export const triageJobSuite = <E>(name: string, stores: Layer.Layer<TriageJobStore, E>): void =>
  describeLayer(stores, { excludeTestServices: true })(`jobs on dead letters: ${name}`, (it) => {
    it.effect("shows a job with its progress and end to its own workspace only", () =>
      Effect.gen(function* () {
        const jobs = yield* TriageJobStore
        assert.isTrue(yield* jobs.begin(job("seen"), 1_000))
        assert.isTrue(yield* jobs.progress("seen", 2, 2_000))
        assert.deepStrictEqual(yield* jobs.job("w1", "seen", 2_500), {
          ...job("seen"),
          state: "running",
          done: 2,
          report: undefined,
          reason: undefined,
          startedAtMs: 1_000,
          endedAtMs: undefined
        })
        yield* jobs.end("seen", { state: "done", done: 3, report: { replayed: 3 } }, 3_000)
        yield* jobs.end("seen", { state: "failed", done: 0, reason: "too late" }, 4_000)
        assert.deepInclude(yield* jobs.job("w1", "seen", 90_000), {
          state: "done",
          done: 3,
          report: { replayed: 3 },
          endedAtMs: 3_000
        })
        assert.isUndefined(yield* jobs.job("w2", "seen", 5_000))
        assert.deepStrictEqual(yield* jobs.list("w2", 10, 5_000), [])
        assert.isFalse(yield* jobs.stop("w1", "seen", "ann"), "it has ended")
      })
    )

    it.effect("lets one job of a topic run at a time, until it has ended or fallen silent", () =>
      Effect.gen(function* () {
        const jobs = yield* TriageJobStore
        const of = (jobId: string) => job(jobId, { topic: "it-one" })
        const begun = yield* Effect.forEach(["one-a", "one-b", "one-c"], (id) => jobs.begin(of(id), 0), {
          concurrency: "unbounded"
        })
        assert.lengthOf(
          begun.filter((one) => one),
          1
        )
        const [first] = (yield* jobs.list("w1", 100, 0)).filter(({ topic }) => topic === "it-one")
        assert.isFalse(yield* jobs.begin(of("one-d"), silentAfterMs))
        assert.isTrue(yield* jobs.begin(of("one-e"), silentAfterMs + 1))
        assert.strictEqual((yield* jobs.job("w1", first!.jobId, silentAfterMs + 1))?.state, "interrupted")
        yield* jobs.end("one-e", { state: "done", done: 0 }, silentAfterMs + 2)
        assert.isTrue(yield* jobs.begin(of("one-f"), silentAfterMs + 3))
      })
    )

    it.effect("tells a job to stop, for those of its workspace", () =>
      Effect.gen(function* () {
        const jobs = yield* TriageJobStore
        yield* jobs.begin(job("stops"), 0)
        assert.isFalse(yield* jobs.stop("w2", "stops", "eve"))
        assert.isTrue(yield* jobs.progress("stops", 1, 1))
        assert.isTrue(yield* jobs.stop("w1", "stops", "ann"))
        assert.isFalse(yield* jobs.progress("stops", 1, 2))
      })
    )

    it.effect("lists the latest first and forgets old ones", () =>
      Effect.gen(function* () {
        const jobs = yield* TriageJobStore
        for (const [n, id] of ["l1", "l2", "l3"].entries())
          yield* jobs.begin(job(id, { workspaceId: "w-list" }), n * 1_000)
        const ids = Effect.map(jobs.list("w-list", 2, 0), (all) => all.map(({ jobId }) => jobId))
        assert.deepStrictEqual(yield* ids, ["l3", "l2"])
        assert.isAtLeast(yield* jobs.prune(1_500), 2)
        assert.deepStrictEqual(yield* ids, ["l3"])
      })
    )
  })
