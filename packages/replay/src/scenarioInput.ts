import type { Account, Rule } from "@millrace/contracts"
import {
  candleSource,
  generatedFeed,
  type LocalExchange,
  makeLocalExchange,
  openPositions,
  openScenarioAccount,
  parseScenario,
  type Scenario,
  type TickSource
} from "@millrace/simulators"
import type { StatedRule } from "@millrace/trading"
import { Result } from "effect"
import { InvalidReplay, type ReplayInput, type ReplayStep } from "./ReplayInput.ts"

/** Text of a file with its name for messages. */
export interface NamedText {
  readonly file: string
  readonly text: string
}

/** Workspace and user of everything in a replay of files. */
const owner = "replay"

/** Where the market time of a generated market begins: at the same moment in each replay. */
const generatedFromMs = 1_700_000_000_000

/**
 * A scenario and candles, as `npm start` takes them. Without candles the scenario's own market, else the seeded crash.
 *
 * Fails with `InvalidReplay`.
 */
export const scenarioInput = (
  feed: NamedText | undefined,
  scenario: NamedText
): Result.Result<ReplayInput, InvalidReplay> => {
  const parsed = parseScenario(scenario.text, scenario.file)
  if (Result.isFailure(parsed)) return invalid([parsed.failure.message])
  const source = feed === undefined ? ownMarket(parsed.success, scenario.file) : given(feed)
  return Result.flatMap(source, (prices) => withScenario(prices, parsed.success, scenario.file))
}

const given = ({ file, text }: NamedText): Result.Result<TickSource, InvalidReplay> => {
  const source = candleSource(text, file)
  return Result.isFailure(source) ? invalid([source.failure.message]) : Result.succeed(source.success)
}

const ownMarket = (
  { feed = { kind: "synthetic" } }: Scenario,
  file: string
): Result.Result<TickSource, InvalidReplay> =>
  feed.kind === "candles"
    ? invalid([`${file}: feed: found the file ${feed.file}, expected it named with --feed`])
    : Result.succeed(generatedFeed(feed, generatedFromMs))

/** The same world under other rules. Fails with `InvalidReplay` when one names an account that the world has not. */
export const withRules = (
  input: ReplayInput,
  stated: ReadonlyArray<StatedRule>,
  file: string
): Result.Result<ReplayInput, InvalidReplay> => {
  const known = new Set(input.accounts.map(({ accountId }) => accountId))
  const strangers = stated.filter(({ accountId }) => !known.has(accountId))
  return strangers.length === 0
    ? Result.succeed({
        ...input,
        rules: rulesOf(stated, input.open().names),
        steps: () => withoutRules(input.steps())
      })
    : invalid(
        strangers.map(
          ({ accountId, ruleId }) =>
            `${file}: rule "${ruleId}" names account "${accountId}", expected one of ${[...known].slice(0, 5).join(", ")}`
        )
      )
}

/** Recorded changes of rules are of the rules that were replaced. */
function* withoutRules(steps: Iterable<ReplayStep>): Generator<ReplayStep> {
  for (const step of steps) if (step._tag !== "State" || !step.key.startsWith("rule/")) yield step
}

const invalid = (messages: ReadonlyArray<string>) => Result.fail(new InvalidReplay({ message: messages.join("\n") }))

/** A rule names a position as the scenario does, or by its id. */
const rulesOf = (stated: ReadonlyArray<StatedRule>, names: ReadonlyMap<string, string>): ReadonlyArray<Rule> => {
  const ids = new Map([...names].map(([positionId, name]) => [name, positionId]))
  return stated.map((rule): Rule => {
    if (rule.kind === "auto_entry" || rule.positionId === undefined) return { _tag: "Rule", ...rule, version: 1 }
    return { _tag: "Rule", ...rule, positionId: ids.get(rule.positionId) ?? rule.positionId, version: 1 }
  })
}

/** Positions must fit the balances: they are opened once here, so that a fault is known before anything runs. */
const withScenario = (source: TickSource, scenario: Scenario, file: string) => {
  const opened = openMarket(source, scenario)
  if (Result.isFailure(opened)) return invalid([`${file}: ${opened.failure}`])
  const input: ReplayInput = {
    source: source.describe,
    ticks: source.total,
    first: source.first,
    accounts: scenario.accounts.map(accountOf),
    rules: rulesOf(scenario.rules, opened.success.names),
    positions: [],
    startMs: source.first.timeMs,
    open: () => Result.getOrThrow(openMarket(source, scenario)),
    steps: () => ticksOf(source)
  }
  return Result.succeed(input)
}

function* ticksOf(source: TickSource): Generator<ReplayStep> {
  for (const tick of source.ticks()) yield { _tag: "Tick", atMs: tick.timeMs, tick }
}

const openMarket = (source: TickSource, scenario: Scenario) => {
  // As a feed's run has it: prices as given, no funding, no spread.
  const market: LocalExchange = makeLocalExchange({ market: { priceStep: null, fundingRate: 0, spreadUsd: 0 } })
  for (const account of scenario.accounts) {
    const made = openScenarioAccount(market, account)
    if (Result.isFailure(made)) return Result.fail(made.failure.message)
  }
  market.prime(source.first)
  return Result.match(openPositions(market, scenario.positions), {
    onSuccess: (positions) => Result.succeed({ market, names: new Map(positions.map((one) => [one.tradeId, one.id])) }),
    onFailure: (refusal) => Result.fail(refusal.message)
  })
}

const accountOf = ({ id, name }: Scenario["accounts"][number]): Account => ({
  _tag: "Account",
  accountId: id,
  workspaceId: owner,
  userId: owner,
  name,
  active: true,
  network: "simulator",
  warningThreshold: 0.8,
  criticalThreshold: 0.9,
  hysteresis: 0.02,
  version: 1
})
