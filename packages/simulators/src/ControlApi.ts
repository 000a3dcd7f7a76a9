/** What the control port can do, as a table of requests; it needs no signature and never leaves this machine. */
import { Effect, HashMap, Schema } from "effect"
import {
  ControlError,
  type ControlHandler,
  type ControlParts,
  type ControlRequest,
  type ControlRoutes,
  fromRefusal,
  take
} from "./ControlRoutes.ts"
import { walletControls } from "./ControlWallet.ts"
import { FaultInput } from "./FaultInput.ts"
import { FeedSettings } from "./Feed.ts"
import { GuardRule } from "./GuardRule.ts"
import { openPositions } from "./openPositions.ts"
import { accountBody, tradeBody } from "./RestBodies.ts"
import { openScenarioAccount, ScenarioAccount } from "./ScenarioAccount.ts"
import { ScenarioPosition } from "./ScenarioPosition.ts"
import { summarise } from "./Summary.ts"

const AccountsInput = Schema.Struct({
  accounts: Schema.Array(
    Schema.Struct({
      id: Schema.NonEmptyString,
      name: Schema.String,
      balance: Schema.Int,
      cross_margin: ScenarioAccount.fields.cross_margin,
      permissions: Schema.optionalKey(Schema.Array(Schema.String)),
      active: Schema.optionalKey(Schema.Boolean)
    })
  )
})
const PositionsInput = Schema.Struct({ positions: Schema.Array(ScenarioPosition) })
const PrepareInput = Schema.Struct({ positions: Schema.Array(ScenarioPosition), rules: Schema.Array(GuardRule) })
const RulesInput = Schema.Struct({ rules: Schema.Array(GuardRule) })
const PriceInput = Schema.Struct({
  price: Schema.Finite.check(Schema.isGreaterThan(0)),
  /** Market time; the wall clock's by default. */
  timeMs: Schema.optionalKey(Schema.Finite)
})
const AnnouncementInput = Schema.Struct({
  id: Schema.NonEmptyString,
  title: Schema.String,
  message: Schema.String,
  link: Schema.optionalKey(Schema.NullOr(Schema.String))
})
const ReleaseInput = Schema.Struct({ id: Schema.optionalKey(Schema.String) })
const SettleInput = Schema.Struct({ rate: Schema.Finite })

const addAccounts = take(AccountsInput, ({ accounts }, { exchange }) =>
  Effect.map(
    Effect.forEach(accounts, (account) => fromRefusal(openScenarioAccount(exchange, account))),
    (keys) => ({
      accounts: keys.map(({ accountId, key, secret, passphrase }) => ({ id: accountId, key, secret, passphrase }))
    })
  )
)

const listAccounts: ControlHandler = ({ exchange }) =>
  Effect.sync(() => {
    const state = exchange.state()
    return {
      accounts: [...HashMap.values(state.accounts)].map((account) => ({
        accountId: account.id,
        ...accountBody(state, account),
        liveTrades: account.liveTrades.length,
        crossQuantity: account.cross.quantity
      }))
    }
  })

const listTrades: ControlHandler = ({ exchange }, { query }) =>
  Effect.sync(() => {
    const state = exchange.state()
    const trades = query.get("ended") === "true" ? state.ended : state.live
    return {
      trades: [...HashMap.values(trades)]
        .sort((a, b) => a.sequence - b.sequence)
        .map((trade) => ({ accountId: trade.accountId, ...tradeBody(state, trade) }))
    }
  })

const prepare = take(PrepareInput, ({ positions, rules }, { exchange, feed }) =>
  Effect.gen(function* () {
    const status = yield* feed.prepare
    exchange.crossings.setRules(rules)
    return { feed: status, positions: yield* fromRefusal(openPositions(exchange, positions)) }
  })
)

const setPrice = take(PriceInput, (tick, { exchange }) =>
  Effect.clockWith((clock) => clock.currentTimeMillis).pipe(
    Effect.map((nowMs) => {
      exchange.tick({ price: tick.price, timeMs: tick.timeMs ?? nowMs })
      return { price: tick.price }
    })
  )
)

const addFault = take(FaultInput, (fault, { exchange }) => Effect.sync(() => exchange.faults.add(fault)))

const removeFault: ControlHandler = ({ exchange }, { query }) =>
  Effect.sync(() => {
    const id = query.get("id")
    if (id === null) exchange.faults.clear()
    return { removed: id === null ? true : exchange.faults.remove(id) }
  })

const removeAnnouncement: ControlHandler = ({ server }, { query }) =>
  Effect.sync(() => {
    const id = query.get("id") ?? ""
    server.announce({ id })
    return { id }
  })

const summary: ControlHandler = ({ exchange }, { query }) =>
  Effect.sync(() => {
    const ticks = query.get("ticks") ?? ""
    return summarise(exchange.journal, ticks === "all" ? "all" : ticks.split(",").filter(Boolean).map(Number))
  })

const health: ControlHandler = ({ server, feed }) =>
  Effect.sync(() => ({
    status: "ok",
    port: server.port,
    streamClients: server.streamClients(),
    feed: feed.status().phase
  }))

const routes: ControlRoutes = {
  "GET /health": health,
  "GET /ready": health,
  "GET /live": health,
  "POST /accounts": addAccounts,
  "GET /accounts": listAccounts,
  "GET /trades": listTrades,
  "POST /positions": take(PositionsInput, ({ positions }, { exchange }) =>
    Effect.map(fromRefusal(openPositions(exchange, positions)), (opened) => ({ positions: opened }))
  ),
  "POST /rules": take(RulesInput, ({ rules }, { exchange }) =>
    Effect.sync(() => {
      exchange.crossings.setRules(rules)
      return { rules: rules.length }
    })
  ),
  "POST /price": setPrice,
  "POST /funding": take(SettleInput, ({ rate }, { exchange }) => Effect.sync(() => exchange.settleFunding(rate))),
  "POST /faults": addFault,
  "GET /faults": ({ exchange }) => Effect.sync(() => ({ faults: exchange.faults.list() })),
  "DELETE /faults": removeFault,
  "POST /announcements": take(AnnouncementInput, (announcement, { server }) =>
    Effect.sync(() => {
      server.announce({ link: null, ...announcement })
      return announcement
    })
  ),
  "DELETE /announcements": removeAnnouncement,
  "GET /replies": ({ server }) => Effect.sync(() => ({ replies: server.heldReplies.list() })),
  "POST /replies/release": take(ReleaseInput, ({ id }, { server }) =>
    Effect.sync(() => ({ released: server.heldReplies.release(id) }))
  ),
  "POST /feed": take(FeedSettings, (settings, { feed }) => feed.configure(settings)),
  "POST /feed/prepare": prepare,
  "POST /feed/start": (parts) => parts.feed.start,
  "POST /feed/stop": (parts) => parts.feed.stop,
  "GET /feed": (parts) => Effect.sync(() => ({ ...parts.feed.status(), monitors: parts.lockstep.reports() })),
  "GET /summary": summary,
  ...walletControls
}

/** Answers a control request; fails with status and reason. */
export const handleControl = (parts: ControlParts, request: ControlRequest): Effect.Effect<unknown, ControlError> => {
  const handler = routes[`${request.method} ${request.pathname}`]
  if (!handler)
    return Effect.fail(
      new ControlError({
        status: 404,
        message: `${request.method} ${request.pathname} not found: ${Object.keys(routes).join(", ")}`
      })
    )
  return handler(parts, request).pipe(
    Effect.mapError((error) =>
      error instanceof ControlError ? error : new ControlError({ status: 409, message: error.message })
    )
  )
}
