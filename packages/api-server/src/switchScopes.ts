import { type CallerFacts, Conflict, Forbidden, type SwitchScope } from "@millrace/api"
import type { TradingScope, TradingSwitch } from "@millrace/contracts"
import type { ControlStore, DecidedBy, StoreMarks } from "@millrace/store"
import { Effect } from "effect"
import { noSuch } from "./answers.ts"
import type { PublishedTrading } from "./PublishedTrading.ts"

interface Parts {
  readonly controls: ControlStore["Service"]
  readonly published: PublishedTrading
  readonly caller: CallerFacts
}

/** Switches that hold for accounts of a workspace: those for all, and those of its own accounts. */
export const switchesFor = (
  published: PublishedTrading,
  workspaceId: string,
  all: ReadonlyArray<TradingSwitch>
): ReadonlyArray<TradingSwitch> =>
  all.filter(({ accountId }) => accountId === undefined || published.accountOf(workspaceId, accountId) !== undefined)

/**
 * The scopes of the controls that a scope of the API stands for: a workspace is each of its accounts. Fails with `NotFound`
 * where account or rule are not of the caller's workspace, and with `Forbidden` where he does not act for the installation.
 */
const scopesOf = Effect.fnUntraced(function* ({ caller, published }: Parts, scope: SwitchScope) {
  if (scope.of === "installation") {
    if (!caller.installation.includes("trading")) return yield* notTheInstallation
    return [{}] as ReadonlyArray<TradingScope>
  }
  if (scope.of === "workspace")
    return published.accountsOf(caller.workspaceId).map(({ accountId }): TradingScope => ({ accountId }))
  const account = published.accountOf(caller.workspaceId, scope.accountId)
  if (account === undefined) return yield* noSuch("account", scope.accountId)
  if (scope.of === "account") return [{ accountId: scope.accountId }]
  if (!account.rules.has(scope.ruleId)) return yield* noSuch("rule", scope.ruleId)
  return [{ accountId: scope.accountId, ruleId: scope.ruleId }]
})

/** Sets the switch of every part of the scope, and returns them. Each is a change of its own: a failure leaves those before it. */
export const setSwitches = Effect.fnUntraced(function* (
  parts: Parts,
  scope: SwitchScope,
  mode: TradingSwitch["mode"],
  by: DecidedBy
) {
  const scopes = yield* scopesOf(parts, scope)
  return yield* Effect.forEach(scopes, (one) => parts.controls.switch(one, mode, by), { concurrency: 8 })
})

/**
 * Lifts the switches of every part of the scope that has one. That of the installation stays while a restored PostgreSQL is not
 * reconciled with the exchange.
 */
export const liftSwitches = Effect.fnUntraced(function* (
  parts: Parts & { readonly marks: StoreMarks["Service"] },
  scope: SwitchScope,
  by: DecidedBy
) {
  const scopes = yield* scopesOf(parts, scope)
  if (scope.of === "installation" && (yield* parts.marks.restore) !== undefined) return yield* notReconciled
  yield* Effect.forEach(scopes, (one) => parts.controls.lift(one, by), { concurrency: 8, discard: true })
})

const notTheInstallation = new Forbidden({
  where: "payload.scope",
  found: "a switch of the whole installation",
  expected: "a scope of the caller's workspace",
  whatToDo: "Sign in as a member of the workspace `system` with the permission trading, or switch the workspace."
})

const notReconciled = new Conflict({
  where: "the switch of the installation",
  found: "a PostgreSQL that was restored, and not reconciled with the exchange",
  expected: "a reconciled one",
  whatToDo: "Run `millrace trading resume`: it lists what has to be compared first. See the runbook, chapter restore."
})
