import {
  type Account,
  type AccountState,
  accountHistory,
  accountState,
  accountStateKey,
  type Topics
} from "@millrace/contracts"
import { type Outgoing, outgoing } from "@millrace/runtime"
import { type LocalExchange, Market } from "@millrace/simulators"
import { type ConfigProvider, Effect } from "effect"
import { Curve, type Sample } from "./Curve.ts"
import type { LogEntry } from "./DecisionLog.ts"
import type { ReplayInput, ReplayStep } from "./ReplayInput.ts"
import { makeReplayWorld, type ReplayNotStarted, type ReplayTrouble, type ReplayWorld } from "./ReplayWorld.ts"

/** Where an account ended. */
export interface AccountResult {
  readonly accountId: string
  readonly name: string
  readonly startEquitySats: number
  readonly endEquitySats: number
  /** Difference of the two: P&L less fees. */
  readonly pnlSats: number
  /** Deepest fall of the equity below its highest point before, over the points of the curve. */
  readonly drawdownSats: number
  readonly openPositions: number
  readonly liquidations: number
}

/** One replay. */
export interface ReplayRun {
  readonly source: string
  readonly ticks: number
  readonly fromMs: number
  readonly toMs: number
  readonly rules: ReplayInput["rules"]
  readonly log: ReadonlyArray<LogEntry>
  readonly accounts: ReadonlyArray<AccountResult>
  readonly samples: ReadonlyArray<Sample>
  readonly names: ReadonlyMap<string, string>
  /** Warnings and errors of the workers. */
  readonly troubles: ReadonlyArray<ReplayTrouble>
}

export interface ReplaySetting {
  /** Topics as they are declared for production. */
  readonly topics: Topics
  readonly settings: ConfigProvider.ConfigProvider
  /** Told now and then how many ticks are done. */
  readonly onProgress?: (ticks: number) => Effect.Effect<void>
}

/** Points of a curve. */
const curvePoints = 2_000
/** Steps between two chances for the rest of the process: a signal, a line of progress. */
const stepsPerTurn = 2_000

/** Lets the workers decide over everything that the input holds. Fails with `ReplayNotStarted`. */
export const replay = Effect.fnUntraced(function* (
  input: ReplayInput,
  setting: ReplaySetting
): Effect.fn.Return<ReplayRun, ReplayNotStarted> {
  const { market, names } = input.open()
  const everyAccount = [...input.accounts, ...(input.arriving ?? [])]
  const accountIds = everyAccount.map(({ accountId }) => accountId)
  const curve = new Curve(market, accountIds, Math.max(1, Math.ceil(input.ticks / curvePoints)))
  const world = yield* makeReplayWorld({
    topics: setting.topics,
    market,
    accountIds,
    startMs: input.startMs,
    settings: setting.settings,
    positionName: (positionId) => names.get(positionId)
  })
  const workspaces = new Map(input.accounts.map(({ accountId, workspaceId }) => [accountId, workspaceId]))
  const states = [...input.accounts, ...input.rules, ...input.positions]
  world.publish(states.flatMap((state) => stateRecords(state, workspaces.get(state.accountId) ?? "replay")))
  let done = 0
  let ticks = 0
  for (const step of input.steps()) {
    takeStep(world, market, step)
    if (step._tag === "Tick") {
      ticks += 1
      curve.note(world.log.length)
    }
    done += 1
    if (done % stepsPerTurn === 0) {
      yield* setting.onProgress?.(ticks) ?? Effect.void
      yield* Effect.yieldNow
    }
  }
  curve.end()
  return {
    source: input.source,
    ticks,
    fromMs: input.first.timeMs,
    toMs: market.state().timeMs,
    rules: input.rules,
    log: world.log,
    accounts: everyAccount.map((account, index) => resultOf(account, index, market, curve, world.log)),
    samples: curve.samples,
    names,
    troubles: world.troubles
  }
})

/** An account's state as control-api writes it. */
export const stateRecords = (state: AccountState, workspaceId: string): ReadonlyArray<Outgoing> => [
  outgoing(accountState, { key: accountStateKey(state), value: state, workspaceId }),
  outgoing(accountHistory, { key: state.accountId, value: state, workspaceId })
]

const takeStep = (world: ReplayWorld, market: LocalExchange, step: ReplayStep): void => {
  world.runUntil(step.atMs)
  switch (step._tag) {
    case "Tick":
      world.tick(step.tick)
      break
    case "State": {
      const { key, value, workspaceId } = step
      const removal = outgoing(accountState, { key, value: null, workspaceId })
      world.publish(value === undefined ? [removal] : stateRecords(value, workspaceId))
      break
    }
    case "ByHand":
      step.act(market)
      world.runUntil(step.atMs)
  }
}

const resultOf = (
  { accountId, name }: Account,
  index: number,
  market: LocalExchange,
  curve: Curve,
  log: ReadonlyArray<LogEntry>
): AccountResult => {
  const startEquitySats = curve.samples[0]?.equitySats[index] ?? 0
  const endEquitySats = curve.samples.at(-1)?.equitySats[index] ?? 0
  const account = Market.findAccount(market.state(), accountId)
  const ends = log.filter((entry) => entry.type === "position" && entry.value.accountId === accountId)
  return {
    accountId,
    name,
    startEquitySats,
    endEquitySats,
    pnlSats: endEquitySats - startEquitySats,
    drawdownSats: curve.drawdownSats(index),
    openPositions: (account?.liveTrades.length ?? 0) + (account === undefined || account.cross.quantity === 0 ? 0 : 1),
    liquidations: ends.filter((entry) => entry.type === "position" && entry.value.closeReason === "liquidated").length
  }
}
