import { Caller, MillraceApi } from "@millrace/api"
import { type Decision, decisions } from "@millrace/contracts"
import { History } from "@millrace/history"
import { ControlStore, StoreMarks } from "@millrace/store"
import { Clock, Effect, Stream } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { noSuch, orUnavailable } from "./answers.ts"
import { orHistoryUnavailable } from "./historyAnswers.ts"
import { pageFrom } from "./pageFrom.ts"
import { liftSwitches, setSwitches, switchesFor } from "./switchScopes.ts"
import { TradingView } from "./TradingView.ts"
import { accountInfo, positionInfo, ruleInfo } from "./tradingInfo.ts"

const nearestFirst = (one: { readonly nearest?: number }, other: { readonly nearest?: number }): number =>
  (one.nearest ?? Number.POSITIVE_INFINITY) - (other.nearest ?? Number.POSITIVE_INFINITY)

const matches = (search: string | undefined, ...texts: ReadonlyArray<string>): boolean =>
  search === undefined || texts.some((text) => text.toLowerCase().includes(search.trim().toLowerCase()))

/** The group `trading`: what was published of the workspace's accounts, and their kill switches. */
export const tradingHandlers = HttpApiBuilder.group(
  MillraceApi,
  "trading",
  Effect.fnUntraced(function* (handlers) {
    const published = yield* TradingView
    const controls = yield* ControlStore
    const history = yield* History
    const marks = yield* StoreMarks

    /** The account, where it is of the caller's workspace. */
    const owned = Effect.fnUntraced(function* (accountId: string) {
      const { workspaceId } = yield* Caller
      return published.accountOf(workspaceId, accountId) ?? (yield* noSuch("account", accountId))
    })
    const switches = Effect.flatMap(Caller, ({ workspaceId }) =>
      Effect.map(controls.switches, (all) => switchesFor(published, workspaceId, all))
    )

    return handlers
      .handle("accounts", ({ query: { order = "name", search, ...page } }) =>
        Effect.gen(function* () {
          const { workspaceId } = yield* Caller
          const held = yield* switches
          const found = published
            .accountsOf(workspaceId)
            .filter(({ account }) => matches(search, account.name, account.accountId))
          if (order === "nearest")
            return pageFrom(found.map((one) => accountInfo(published, one, held)).sort(nearestFirst), page)
          const byName = found.toSorted((one, other) => one.account.name.localeCompare(other.account.name))
          const { items, ...rest } = pageFrom(byName, page)
          return { ...rest, items: items.map((one) => accountInfo(published, one, held)) }
        }).pipe(orUnavailable)
      )
      .handle("account", ({ params: { accountId } }) =>
        Effect.gen(function* () {
          const one = yield* owned(accountId)
          const held = yield* switches
          return {
            ...accountInfo(published, one, held),
            open: [...one.positions.values()].map((position) => positionInfo(published, one, position)),
            ruleList: [...one.rules.values()].map((rule) => ruleInfo(published, rule, held)),
            switches: held.filter((each) => each.accountId === undefined || each.accountId === accountId)
          }
        }).pipe(orUnavailable)
      )
      .handle("positions", ({ query: { search, ...page } }) =>
        Effect.map(Caller, ({ workspaceId }) => {
          const open = published
            .accountsOf(workspaceId)
            .flatMap((one) =>
              [...one.positions.values()]
                .filter(({ positionId }) => matches(search, positionId, one.account.name, one.accountId))
                .map((position) => positionInfo(published, one, position))
            )
          return pageFrom(open.sort(nearestFirst), page)
        })
      )
      .handle("decisions", ({ params: { accountId }, query: { beforeMs, limit = 50 } }) =>
        Effect.gen(function* () {
          yield* owned(accountId)
          const from = { beforeMs: beforeMs ?? (yield* Clock.currentTimeMillis) + 1, partitionKey: accountId }
          const found: Array<{ decision: Decision; recordedAtMs: number }> = []
          yield* history.lookBack(decisions, from, (window) =>
            Effect.gen(function* () {
              const some = yield* Stream.runCollect(window)
              const own = some.flatMap(({ timestampMs, value }) =>
                value?.accountId === accountId ? [{ decision: value, recordedAtMs: timestampMs }] : []
              )
              found.push(...own.reverse())
              return found.length < limit
            })
          )
          return found.slice(0, limit)
        }).pipe(orHistoryUnavailable)
      )
      .handle("prices", ({ query: { market } }) =>
        Effect.sync(() => {
          const known = published.market(market)
          if (known === undefined) return { market, points: [] }
          const { marketTimeMs, priceUsd, receivedAtMs } = known.last
          return { market, priceUsd, marketTimeMs, receivedAtMs, points: known.trail.points() }
        })
      )
      .handle("switches", () => orUnavailable(switches))
      .handle("setSwitch", ({ payload: { scope, mode, reason } }) =>
        Effect.gen(function* () {
          const caller = yield* Caller
          const by = { actor: caller.userId, ...(reason === undefined ? {} : { reason }) }
          return yield* setSwitches({ controls, published, caller }, scope, mode, by)
        }).pipe(orUnavailable)
      )
      .handle("liftSwitch", ({ payload: { scope, reason } }) =>
        Effect.gen(function* () {
          const caller = yield* Caller
          const by = { actor: caller.userId, ...(reason === undefined ? {} : { reason }) }
          yield* liftSwitches({ controls, published, caller, marks }, scope, by)
        }).pipe(orUnavailable)
      )
  })
)
