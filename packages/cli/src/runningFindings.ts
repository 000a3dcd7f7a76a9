import { controls } from "@millrace/contracts"
import { getJson } from "@millrace/local"
import { Clock, Config, Effect, Option, Schema } from "effect"
import { type DoctorFinding, failed, ok, skipped, warning } from "./DoctorFinding.ts"
import { lastReports } from "./lastReports.ts"
import { statusesOf } from "./ServiceStatus.ts"
import { searchTopic } from "./searchTopic.ts"
import { found } from "./serverFindings.ts"

/** After this the executors open nothing any more (`RUNTIME_CONTROLS_STALE_AFTER`). */
const staleMs = 3_000
const skewWarningMs = 1_000
const skewLimitMs = 5_000

/** Every process that reported itself still does, and takes records. */
export const serviceFindings = found(
  "services",
  "See what Kafka and the registry say.",
  Effect.gen(function* () {
    const statuses = statusesOf([], yield* lastReports, yield* Clock.currentTimeMillis)
    if (statuses.length === 0)
      return [failed("services", "none reports itself", "Start them; on this machine `millrace up`.")]
    const bad = statuses.filter(({ live, ready }) => !live || !ready)
    if (bad.length === 0) return [ok("services", `${statuses.length} report themselves ready`)]
    return bad.map(({ instance, reason, service, state }) =>
      failed(
        "services",
        `${service}/${instance} is ${state}: ${reason ?? "no reason given"}`,
        "`millrace status`, then `millrace logs`."
      )
    )
  })
)

const Heartbeat = Schema.Struct({ atMs: Schema.Finite })

/** The heartbeat of the controls is fresh: without it nothing is opened. */
export const heartbeatFindings = found(
  "controls",
  "See what Kafka and the registry say.",
  Effect.gen(function* () {
    const { records } = yield* searchTopic({
      topics: [controls.name],
      contract: controls as never,
      key: "heartbeat",
      where: [],
      limit: 1,
      mostRead: 100_000
    })
    const last = Schema.decodeUnknownOption(Heartbeat)(records.at(-1)?.value)
    const whatToDo =
      "control-api sends it each second: see `millrace status`. Meanwhile nothing is opened; protection goes on."
    if (Option.isNone(last)) return [failed("controls", "there is no heartbeat", whatToDo)]
    const ageMs = (yield* Clock.currentTimeMillis) - last.value.atMs
    const age = `the last heartbeat is ${(ageMs / 1000).toFixed(1)} s old`
    return [ageMs > staleMs ? failed("controls", age, whatToDo) : ok("controls", age)]
  })
)

const ExchangeTime = Schema.Union([Schema.Struct({ time: Schema.String }), Schema.Finite])

/** How far the exchange's clock is from ours, from its answer and the time half-way to it. */
export const skewFinding = (exchangeMs: number, askedMs: number, answeredMs: number): DoctorFinding => {
  const skewMs = exchangeMs - (askedMs + answeredMs) / 2
  const text = `the exchange's clock is ${Math.abs(Math.round(skewMs))} ms ${skewMs >= 0 ? "ahead of" : "behind"} ours`
  const remedy = "Synchronise this machine's clock (NTP): signatures outside of the exchange's window are refused."
  if (Math.abs(skewMs) > skewLimitMs) return failed("clock", text, remedy)
  return Math.abs(skewMs) > skewWarningMs ? warning("clock", text, remedy) : ok("clock", text)
}

/** The exchange answers, and the clocks agree. */
export const exchangeFindings = found(
  "exchange",
  "Correct EXCHANGE_REST_URL, or see whether the exchange is down; orders are held meanwhile.",
  Effect.gen(function* () {
    const url = yield* Config.option(Config.URL("EXCHANGE_REST_URL"))
    if (Option.isNone(url)) return [skipped("exchange", "EXCHANGE_REST_URL is not set")]
    const askedMs = yield* Clock.currentTimeMillis
    const answer = yield* getJson(`${url.value.href.replace(/\/+$/u, "")}/time`)
    const answeredMs = yield* Clock.currentTimeMillis
    const time = Schema.decodeUnknownOption(ExchangeTime)(answer)
    if (Option.isNone(time)) return [failed("exchange", "answers, and not with a time", "Correct EXCHANGE_REST_URL.")]
    const exchangeMs = typeof time.value === "number" ? time.value : Date.parse(time.value.time)
    return [
      ok("exchange", `${url.value.host} answers within ${answeredMs - askedMs} ms`),
      skewFinding(exchangeMs, askedMs, answeredMs)
    ]
  })
)
