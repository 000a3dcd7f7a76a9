import type { Account, AutomationCommand, MarginGuardRule, Position, Rule, TradeOutcome } from "@millrace/contracts"
import { type Incoming, type Outgoing, TradingControls, type TradingVerdict } from "@millrace/runtime"
import {
  CommandList,
  Credentials,
  IntentLedger,
  layerMemoryCommandList,
  layerMemoryIntentLedger
} from "@millrace/store"
import { ConfigProvider, Effect, Layer } from "effect"
import { AccountSessions } from "../src/AccountSessions.ts"
import { makeCommandNews } from "../src/CommandNews.ts"
import { makeCommandTools } from "../src/CommandTools.ts"
import { makeHandleCommand, type StateView } from "../src/handleCommand.ts"
import { commandFor, runningTrade, ScriptedExchange } from "./ScriptedExchange.ts"

export const account: Account = {
  _tag: "Account",
  accountId: "account-1",
  workspaceId: "workspace-1",
  userId: "user-1",
  name: "Alice",
  active: true,
  network: "simulator",
  warningThreshold: 0.8,
  criticalThreshold: 0.9,
  hysteresis: 0.02,
  version: 1
}

export const ruleFor = (
  action: MarginGuardRule["action"],
  changes: Partial<MarginGuardRule> = {}
): MarginGuardRule => ({
  _tag: "Rule",
  ruleId: "rule-1",
  accountId: "account-1",
  kind: "margin_guard",
  enabled: true,
  dryRun: false,
  metric: "margin_loss",
  threshold: 0.5,
  action,
  retryAfterMs: 60_000,
  version: 1,
  ...(action === "add_margin" ? { addMarginAmountSats: 20_000 } : {}),
  ...changes
})

export const positionFor = (tradeId: string, changes: Partial<Position> = {}): Position => ({
  _tag: "Position",
  positionId: tradeId,
  accountId: "account-1",
  market: "btc_usd",
  marginMode: "isolated",
  side: "buy",
  quantityUsd: 1000,
  entryPriceUsd: 60_000,
  marginSats: 166_666,
  maintenanceMarginSats: 1833,
  leverage: 10,
  liquidationPriceUsd: 54_545.5,
  status: "open",
  openedAtMs: 0,
  revision: 1,
  epoch: 1,
  ...changes
})

export const recordOf = (command: AutomationCommand): Incoming<AutomationCommand> => ({
  topic: "automation-commands.critical",
  lane: "critical",
  partition: 0,
  offset: 0,
  timestampMs: 0,
  fetchedAtMs: 0,
  key: `${command.accountId}/${command.positionId}`,
  value: command,
  workspaceId: "workspace-1",
  headers: {},
  attempt: 1
})

/** Tables as plain maps that a test fills. */
export class Tables implements StateView {
  accounts = new Map<string, Account>([["account-1", account]])
  rules = new Map<string, Rule>()
  positions = new Map<string, Position>()
  account = (accountId: string) => this.accounts.get(accountId)
  rule = (_: string, ruleId: string) => this.rules.get(ruleId)
  position = (_: string, positionId: string) => this.positions.get(positionId)
}

export type Step = (operation: string, when: "before" | "after") => Effect.Effect<void>

/** The ledger with a step before and after each of its operations. */
const stepped = (ledger: IntentLedger["Service"], step: Step): IntentLedger["Service"] => {
  const around = <A, E>(operation: string, self: Effect.Effect<A, E>) =>
    Effect.suspend(() => step(operation, "before")).pipe(
      Effect.andThen(self),
      Effect.tap(() => step(operation, "after"))
    )
  return {
    send: (intent, signedAtMs, owner) => around("ledger.send", ledger.send(intent, signedAtMs, owner)),
    exceeds: (intent, signedAtMs) => around("ledger.exceeds", ledger.exceeds(intent, signedAtMs)),
    resend: (id, fence, signedAtMs, owner) => around("ledger.resend", ledger.resend(id, fence, signedAtMs, owner)),
    settle: (id, fence, result) => around("ledger.settle", ledger.settle(id, fence, result)),
    refuse: (intent, owner, result) => around("ledger.refuse", ledger.refuse(intent, owner, result)),
    find: (id) => around("ledger.find", ledger.find(id)),
    unfinished: (limit) => around("ledger.unfinished", ledger.unfinished(limit)),
    lastUncertainClose: (accountId, lock) =>
      around("ledger.lastUncertainClose", ledger.lastUncertainClose(accountId, lock)),
    knownEffects: (accountId, id, ids) => around("ledger.knownEffects", ledger.knownEffects(accountId, id, ids)),
    settleByOperator: (...asked) => ledger.settleByOperator(...asked)
  }
}

/** Kill switches that a test sets; ACTIVE at first. */
export class Switches {
  verdict: TradingVerdict = { mode: "ACTIVE", by: undefined, readable: true }
  readonly canceled = new Set<string>()
  readonly layer = Layer.succeed(TradingControls, {
    verdict: () => this.verdict,
    isCanceled: (commandId) => this.canceled.has(commandId),
    onChange: () => {}
  })
}

const defaultCredentials = { "account-1": { key: "key", secret: "secret", passphrase: "passphrase" } }

export interface ExecutorOptions {
  readonly step?: Step
  readonly credentials?: Partial<typeof defaultCredentials>
  /** Environment of the worker. */
  readonly settings?: Record<string, unknown>
}

/** An executor on a scripted exchange and a memory ledger, guarding one running trade. */
export const makeExecutor = Effect.fnUntraced(function* (
  action: AutomationCommand["action"] = { _tag: "close_position" },
  options: ExecutorOptions | Step = {}
) {
  const given = typeof options === "function" ? { step: options } : options
  const { credentials = defaultCredentials, settings = {}, step = () => Effect.void }: ExecutorOptions = given
  const exchange = new ScriptedExchange()
  exchange.open("trade-1")
  exchange.onStep = step
  const tables = new Tables()
  const switches = new Switches()
  const published: Array<Outgoing> = []
  tables.rules.set("rule-1", ruleFor(action._tag as MarginGuardRule["action"]))
  tables.positions.set("trade-1", positionFor("trade-1", { marginSats: runningTrade("trade-1").marginSats }))
  const services = yield* Layer.build(
    Layer.mergeAll(
      AccountSessions.layer.pipe(
        Layer.provide(exchange.layer),
        Layer.provide(Credentials.layerMemory(credentials as typeof defaultCredentials))
      ),
      exchange.layer,
      switches.layer,
      layerMemoryCommandList,
      layerMemoryIntentLedger
    ).pipe(Layer.provideMerge(ConfigProvider.layer(ConfigProvider.fromUnknown({}))))
  )
  const ledger = yield* Effect.provide(IntentLedger, services)
  const list = yield* Effect.provide(CommandList, services)
  const publisher = {
    publish: (records: ReadonlyArray<Outgoing>) => Effect.sync(() => void published.push(...records))
  }
  /** An executor on the same exchange and ledger, with steps of its own around the ledger's operations. */
  const another = Effect.fnUntraced(function* (instance: string, ownStep: Step) {
    const tools = yield* makeCommandTools.pipe(
      Effect.provideService(IntentLedger, stepped(ledger, ownStep)),
      Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ INSTANCE: instance, ...settings }))),
      Effect.provide(services)
    )
    const news = makeCommandNews(tools, publisher)
    return { tools, news, handle: makeHandleCommand(tools, tables, news) }
  })
  const { tools, news, handle } = yield* another("1", step)
  const command = commandFor("trade-1", { action })
  const run = (record: AutomationCommand = command) =>
    Effect.map(handle(recordOf(record)), (outcome) => ({
      records: outcome.publish,
      outcome: outcome.publish[0]?.value as TradeOutcome
    }))
  return { exchange, tables, switches, published, ledger, list, tools, news, handle, another, command, run }
})

/** Adds margin, which must not be paid twice. */
export const addMargin = { _tag: "add_margin", amountSats: 20_000 } as const
