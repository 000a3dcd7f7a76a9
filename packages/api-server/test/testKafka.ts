import { ConfluentCodec, type ServiceReport, serviceReportKey, serviceReports, TopicsFile } from "@millrace/contracts"
import { KafkaClient, MemoryKafka } from "@millrace/kafka"
import { makeTable, Publisher, ReportBoard, ServiceReports } from "@millrace/runtime"
import { Clock, Context, Effect, Layer } from "effect"

/** The topics of topics.yaml in memory, the codec and a publisher. */
export const testKafka = Publisher.layerOf("it-api").pipe(
  Layer.provideMerge(
    Layer.effectDiscard(
      Effect.gen(function* () {
        const { admin } = yield* KafkaClient
        yield* admin.createTopics((yield* TopicsFile).physicalTopics())
      })
    )
  ),
  Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, ConfluentCodec.layerMemory, TopicsFile.layer))
)

/** What processes tell of themselves, as a test says it. */
export class ToldReports extends Context.Service<
  ToldReports,
  { readonly tell: (report: ServiceReport) => Effect.Effect<void> }
>()("it/ToldReports") {}

export const testReports = Layer.effectContext(
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const board = new ReportBoard(() => clock.currentTimeMillisUnsafe())
    board.read()
    const table = yield* makeTable<ServiceReport>({ contract: serviceReports, scope: "all" })
    const tell = (value: ServiceReport) =>
      Effect.sync(() =>
        board.change({
          key: serviceReportKey(value),
          value,
          previous: undefined,
          workspaceId: "system",
          partition: 0,
          offset: 0
        })
      )
    return Context.make(ServiceReports, ServiceReports.of({ table, instances: board.instances })).pipe(
      Context.add(ToldReports, ToldReports.of({ tell }))
    )
  })
)
