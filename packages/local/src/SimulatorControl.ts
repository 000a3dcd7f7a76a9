import { EvaluationProgress } from "@millrace/contracts"
import type { ScenarioAccount } from "@millrace/simulators"
import { Effect, Schema } from "effect"
import { getJson, LocalCallFailed, postJson } from "./httpJson.ts"

const Credentials = Schema.Struct({
  accounts: Schema.Array(
    Schema.Struct({ id: Schema.String, key: Schema.String, secret: Schema.String, passphrase: Schema.String })
  )
})

const Prepared = Schema.Struct({
  positions: Schema.Array(Schema.Struct({ id: Schema.String, account: Schema.String, tradeId: Schema.String }))
})

/** How far the feed is, and what the monitors have confirmed. */
export const FeedProgress = Schema.Struct({
  phase: Schema.String,
  ticksTotal: Schema.Int,
  ticksSent: Schema.Int,
  price: Schema.optionalKey(Schema.Finite),
  marketTimeMs: Schema.Finite,
  done: Schema.Boolean,
  waitingFor: Schema.Array(Schema.String),
  monitors: Schema.Array(EvaluationProgress)
})
export type FeedProgress = typeof FeedProgress.Type

/** What the simulator saw of the run. */
export const SimulatorReport = Schema.Struct({
  ticksSent: Schema.Int,
  crossings: Schema.Array(Schema.Struct({ rule: Schema.String, tradeId: Schema.String, atMs: Schema.Finite })),
  effects: Schema.Array(
    Schema.Struct({
      account: Schema.String,
      id: Schema.optionalKey(Schema.String),
      action: Schema.String,
      receivedAtMs: Schema.Finite,
      marketTimeMs: Schema.Finite
    })
  ),
  ticks: Schema.Array(Schema.Struct({ marketTimeMs: Schema.Finite, sentAtMs: Schema.Finite }))
})
export type SimulatorReport = typeof SimulatorReport.Type

/** Ticks that are asked for one by one; beyond, all that the simulator remembers. */
const mostTicksAsked = 500

const decoded = <A>(schema: Schema.ConstraintDecoder<A>, url: string) => {
  const decode = Schema.decodeUnknownEffect(schema)
  return (value: unknown) =>
    decode(value).pipe(Effect.mapError((error) => new LocalCallFailed({ url, problem: error.message })))
}

const reportAt = (url: string) => getJson(url).pipe(Effect.flatMap(decoded(SimulatorReport, url)))

/** The simulator's control port at `url`. All fail with LocalCallFailed. */
export const simulatorControl = (url: string) => ({
  /** Opens accounts and returns their credentials, in the same order. */
  addAccounts: (accounts: ReadonlyArray<ScenarioAccount>) =>
    postJson(`${url}/accounts`, { accounts }).pipe(
      Effect.flatMap(decoded(Credentials, `${url}/accounts`)),
      Effect.map((answer) => answer.accounts)
    ),
  configureFeed: (settings: unknown) => Effect.asVoid(postJson(`${url}/feed`, settings)),
  /** Sets the first tick's price and opens the positions at it. */
  prepare: (positions: ReadonlyArray<unknown>, rules: ReadonlyArray<unknown>) =>
    postJson(`${url}/feed/prepare`, { positions, rules }).pipe(
      Effect.flatMap(decoded(Prepared, `${url}/feed/prepare`)),
      Effect.map((answer) => answer.positions)
    ),
  startFeed: Effect.asVoid(postJson(`${url}/feed/start`, {})),
  feed: getJson(`${url}/feed`).pipe(Effect.flatMap(decoded(FeedProgress, `${url}/feed`))),
  report: reportAt(`${url}/summary`),
  /** The same, with the wall times at which the ticks of these market times were sent. */
  reportOn: (marketTimesMs: ReadonlyArray<number>) =>
    reportAt(`${url}/summary?ticks=${marketTimesMs.length > mostTicksAsked ? "all" : marketTimesMs.join(",")}`)
})
export type SimulatorControl = ReturnType<typeof simulatorControl>
