/** Processes tell what they do on `service-reports`; whoever follows it knows which have fallen silent. */
import { assert, it } from "@effect/vitest"
import { makeTopics, type ServiceReport, serviceReportKey, serviceReports } from "@millrace/contracts"
import { MemoryKafkaControl } from "@millrace/kafka"
import { Health, makeHealthRegistry } from "@millrace/telemetry"
import { ConfigProvider, Deferred, Effect, Exit, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import {
  CurrentProcess,
  input,
  makeProcessFigures,
  nothing,
  outgoing,
  Publisher,
  ReportBoard,
  reportService,
  runWorker,
  ServiceReports,
  type WorkerInput
} from "../src/index.ts"
import { serviceReport } from "./serviceReport.ts"
import { failure, type Order, orders, put, settle, testTopics, workbenchOf } from "./workbench.ts"

const orderTopic = testTopics.topic("it-orders")!
const { parkedTopic: _parked, ...unparked } = orderTopic
const withReports = makeTopics(
  [
    ...testTopics.all,
    {
      ...unparked,
      name: serviceReports.name,
      partitions: 1,
      lanes: [{ name: "low", topic: serviceReports.name, isDefault: true }],
      defaultLane: "low"
    }
  ],
  testTopics.policyOf("it-orders")
)

const running = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.provideService(CurrentProcess, makeProcessFigures()),
    Effect.provideService(Health, makeHealthRegistry()),
    Effect.provide(Layer.fresh(workbenchOf(withReports)))
  )

/** What lies in the topic, tombstones as null. */
const told = Effect.gen(function* () {
  const control = yield* MemoryKafkaControl
  const records = yield* control.records(serviceReports.name)
  return records.map(({ key, value }) => ({
    key: Buffer.from(key!).toString(),
    report: value === null ? null : (JSON.parse(Buffer.from(value.subarray(5)).toString()) as ServiceReport)
  }))
})

const worker = (handle: WorkerInput<Order, never>["handle"]) =>
  runWorker({ name: "it-worker", instance: "1", inputs: [input({ contract: orders, handle })] })

/**
 * @guarantee operation: Every process reports its workers, lanes, breakers and memory every few seconds; who falls silent shows as inactive
 * @how `service-reports`, compacted; counts grow only, so that readers take rates; virtual time and the broker in memory
 */
it.effect("tells what its workers have done, with counts that never fall", () =>
  Effect.gen(function* () {
    const gate = yield* Deferred.make<void>()
    yield* worker(({ key }) => {
      if (key === "slow") return Effect.as(Deferred.await(gate), nothing)
      return key === "bad" ? Effect.fail(failure("permanent")) : Effect.succeed(nothing)
    })
    yield* Effect.forkScoped(reportService("it-service"))
    yield* settle
    for (const key of ["a", "b", "bad"]) yield* put(orders, key, 1)
    yield* put(orders, "slow", 1, { lane: "critical" })
    yield* settle
    yield* TestClock.adjust("2 seconds")
    yield* settle
    const reports = yield* told
    assert.deepStrictEqual(new Set(reports.map(({ key }) => key)), new Set(["it-service/1"]))
    const last = reports.at(-1)!.report!
    assert.isTrue(last.live && last.ready)
    assert.isAbove(last.memory.residentBytes, 1e6)
    assert.strictEqual(last.boundaries.length + 1, last.workers[0]!.lanes[0]!.attempts.counts.length)
    const lane = (report: ServiceReport, name: string) => report.workers[0]!.lanes.find((one) => one.lane === name)!
    assert.deepInclude(lane(last, "high"), { processed: 3, deadLettered: 1, retried: 0, lag: 0, inFlight: 0 })
    assert.deepInclude(lane(last, "critical"), { processed: 0, inFlight: 1, lag: 1, oldestAgeMs: 2_000 })
    assert.strictEqual(lane(last, "high").attempts.count, 3)
    yield* Deferred.succeed(gate, undefined)
    yield* TestClock.adjust("2 seconds")
    yield* settle
    const next = (yield* told).at(-1)!.report!
    assert.strictEqual(next.atMs - last.atMs, 2_000)
    assert.deepInclude(lane(next, "critical"), { processed: 1, inFlight: 0, lag: 0 })
    assert.isFalse("oldestAgeMs" in lane(next, "critical"))
  }).pipe(running)
)

it.effect("says goodbye when it ends in order", () =>
  Effect.gen(function* () {
    yield* Effect.scoped(Effect.andThen(Effect.forkScoped(reportService("it-service")), settle))
    assert.deepStrictEqual(
      (yield* told).map(({ report }) => report === null),
      [false, true]
    )
  }).pipe(running)
)

it.effect("is silent where the interval is 0, and where topics.yaml has no reports", () =>
  Effect.gen(function* () {
    yield* Effect.scoped(
      Effect.gen(function* () {
        yield* reportService("it-service").pipe(
          Effect.provide(
            ConfigProvider.layer(ConfigProvider.fromUnknown({ RUNTIME: { REPORT_INTERVAL: "0 seconds" } }))
          )
        )
        yield* TestClock.adjust("10 seconds")
        yield* settle
      })
    )
    assert.deepStrictEqual(yield* told, [])
  }).pipe(running)
)

/** @guarantee operation: Every process reports its workers, lanes, breakers and memory every few seconds; who falls silent shows as inactive */
it.effect("holds nothing up and fails nothing while Kafka is down, and goes on when it is back", () =>
  Effect.gen(function* () {
    const control = yield* MemoryKafkaControl
    const scope = yield* Scope.make()
    yield* control.setAvailable(false)
    yield* Effect.forkIn(reportService("it-service"), scope)
    yield* TestClock.adjust("10 seconds")
    yield* settle
    assert.deepStrictEqual(yield* told, [])
    yield* control.setAvailable(true)
    yield* TestClock.adjust("4 seconds")
    yield* settle
    assert.isAbove((yield* told).length, 0)
    yield* control.setAvailable(false)
    yield* TestClock.adjust("4 seconds")
    yield* settle
    yield* Scope.close(scope, Exit.void)
  }).pipe(running)
)

/** @guarantee operation: Every process reports its workers, lanes, breakers and memory every few seconds; who falls silent shows as inactive */
it.effect("a reader knows each process's last report, and that one is inactive after three missing ones", () =>
  Effect.gen(function* () {
    const reports = yield* ServiceReports
    const publisher = yield* Publisher
    const tell = (report: ServiceReport | null, key = "it-service/1") =>
      Effect.andThen(
        publisher.publish([outgoing(serviceReports, { key, value: report, workspaceId: "system" })]),
        settle
      )
    const gone = serviceReport({ service: "it-gone", atMs: 0 })
    yield* TestClock.adjust("1 hour")
    yield* tell(gone, serviceReportKey(gone))
    yield* runWorker({ name: "it-reader", instance: "1", tables: [reports.table] })
    yield* settle
    const states = () => reports.instances().map(({ active, report }) => [report.service, active])
    assert.deepStrictEqual(states(), [["it-gone", false]], "what lay there before is as old as it says")
    // The clock of the other machine is a minute late: once followed, only what is heard counts.
    yield* tell(serviceReport({ atMs: 3_540_000 }))
    assert.deepStrictEqual(states(), [
      ["it-gone", false],
      ["it-service", true]
    ])
    yield* TestClock.adjust("6 seconds")
    assert.deepStrictEqual(states()[1], ["it-service", true])
    yield* TestClock.adjust("1 millis")
    assert.deepStrictEqual(states()[1], ["it-service", false])
    yield* tell(null)
    assert.strictEqual(states().length, 1)
  }).pipe(Effect.provide(ServiceReports.layer), running)
)

it("a board keeps a minute of one life of a process", () => {
  let nowMs = 0
  const board = new ReportBoard(() => nowMs)
  board.read()
  const tell = (report: Partial<ServiceReport>) => {
    nowMs = report.atMs!
    const value = serviceReport(report)
    board.change({ key: "a/1", value, previous: undefined, workspaceId: "system", partition: 0, offset: 0 })
  }
  for (let n = 0; n <= 40; n++) tell({ atMs: n * 2_000 })
  const recent = () => board.instances()[0]!.recent.map(({ atMs }) => atMs)
  assert.deepStrictEqual([recent()[0], recent().at(-1), recent().length], [20_000, 80_000, 31])
  tell({ atMs: 82_000, pid: 2, startedAtMs: 81_000 })
  assert.deepStrictEqual(recent(), [82_000])
})
