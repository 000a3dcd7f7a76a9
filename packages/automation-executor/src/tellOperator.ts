import { controls } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { TradingControls, watchDependency } from "@millrace/runtime"
import { pingDatabase } from "@millrace/store"
import { Effect } from "effect"

const databaseOutage = {
  subject: "PostgreSQL",
  title: "PostgreSQL does not answer: commands are held, and nothing protects",
  whatToDo:
    "Close positions or add margin by hand at the exchange where it matters. What is held is validated again and sent once PostgreSQL is back."
}
const kafkaOutage = {
  subject: "Kafka",
  title: "Kafka does not answer: no decision reaches the executor, and nothing protects",
  whatToDo:
    "Close positions or add margin by hand at the exchange where it matters. The monitors decide again once Kafka is back."
}
const silentControls = {
  subject: "controls",
  title:
    "control-api is not heard: kill switches do not arrive, so nothing is opened; protection goes on as last known",
  whatToDo: "Bring control-api back. To stop everything at once, stop the executors."
}

/** Tells the operator directly, past Kafka and PostgreSQL, when one of them or the controls are away, and when they are back. */
export const tellOperator = Effect.gen(function* () {
  const { admin } = yield* KafkaClient
  const trading = yield* TradingControls
  const kafkaAnswers = admin.offsets(controls.name)
  yield* watchDependency(databaseOutage, pingDatabase)
  yield* watchDependency(kafkaOutage, kafkaAnswers)
  // While Kafka itself is away that is told, and the controls' silence with it.
  const heard = Effect.suspend(() => {
    if (trading.verdict({}).readable) return Effect.void
    const silent = { message: "no heartbeat within RUNTIME_CONTROLS_STALE_AFTER" }
    return Effect.matchEffect(kafkaAnswers, { onSuccess: () => Effect.fail(silent), onFailure: () => Effect.void })
  })
  yield* watchDependency(silentControls, heard)
})
