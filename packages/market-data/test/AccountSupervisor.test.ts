import { assert, describe, it } from "@effect/vitest"
import type { Account, Position } from "@millrace/contracts"
import type { AccountEvent, ExchangeError } from "@millrace/exchange"
import { type ApiCredentials, Credentials, CredentialsMissing } from "@millrace/store"
import { Effect, Queue, Redacted } from "effect"
import { TestClock } from "effect/testing"
import type { AccountDirectory } from "../src/AccountDirectory.ts"
import { makeAccountSupervisor } from "../src/AccountSupervisor.ts"
import { makePositionBook } from "../src/PositionBook.ts"
import { makeRecentPrices } from "../src/RecentPrices.ts"
import { exchangeError, makeMemoryExchange, refuse } from "./MemoryExchange.ts"
import { memoryAlerts } from "./memoryAlerts.ts"
import { account, trade } from "./samples.ts"
import { settings } from "./settings.ts"

const key: ApiCredentials = { key: "k", secret: "s", passphrase: "p" }

const ofReach = (told: ReadonlyArray<string>) => told.filter((line) => line.includes("out_of_reach"))

const start = Effect.fnUntraced(function* (accounts: ReadonlyArray<Account>) {
  const { layer, memory } = yield* makeMemoryExchange
  const known = new Map(accounts.map((one) => [one.accountId, one]))
  const listeners = new Set<(accountId: string) => void>()
  const idle = new Set<string>()
  const directory = {
    account: (accountId) => known.get(accountId),
    accountIds: () => [...known.keys()],
    positions: () => [],
    isBusy: (accountId) => !idle.has(accountId),
    subscribe: (listener) => Effect.sync(() => listeners.add(listener))
  } satisfies Omit<AccountDirectory, "table">
  const missing = new Set<string>()
  const credentials = Credentials.of({
    find: (accountId) =>
      missing.has(accountId)
        ? Effect.fail(new CredentialsMissing({ accountId, found: "none" }))
        : Effect.succeed(Redacted.make(key)),
    forget: () => Effect.void
  })
  const written: Array<Position> = []
  const { alerts, told } = memoryAlerts()
  const supervisor = yield* makeAccountSupervisor({
    settings,
    directory: directory as unknown as AccountDirectory,
    book: makePositionBook("btc_usd", 1),
    alerts,
    prices: makeRecentPrices(60_000),
    write: (_account, changes) => written.push(...changes),
    marketTimeMs: () => 1
  }).pipe(Effect.provide(layer), Effect.provideService(Credentials, credentials))
  yield* supervisor.run.pipe(
    Effect.provide(layer),
    Effect.provideService(Credentials, credentials),
    Effect.forkScoped({ startImmediately: true })
  )
  yield* TestClock.adjust(0)
  const change = (one: Account) =>
    Effect.suspend(() => {
      known.set(one.accountId, one)
      for (const listener of listeners) listener(one.accountId)
      return TestClock.adjust(0)
    })
  const setBusy = (accountId: string, busy: boolean) =>
    Effect.suspend(() => {
      if (busy) idle.delete(accountId)
      else idle.add(accountId)
      for (const listener of listeners) listener(accountId)
      return TestClock.adjust(0)
    })
  return { memory, missing, change, supervisor, written, told, setBusy }
})

describe("the supervisor of accounts", () => {
  it.effect("watches the active accounts of its network, and no others", () =>
    Effect.gen(function* () {
      const { memory } = yield* start([
        account("a"),
        account("b", { active: false }),
        account("c", { network: "mainnet" })
      ])
      assert.deepStrictEqual(
        ["a", "b", "c"].map((id) => memory.account(id).sessions),
        [1, 0, 0]
      )
    })
  )

  it.effect("opens and closes sessions as accounts come, change and go", () =>
    Effect.gen(function* () {
      const { change, memory } = yield* start([account("a")])
      yield* change(account("b"))
      assert.strictEqual(memory.account("b").sessions, 1)
      yield* change(account("a", { active: false, version: 2 }))
      assert.strictEqual(memory.account("a").sessions, 0)
      yield* change(account("a", { version: 3 }))
      yield* change(account("a", { version: 4 }))
      yield* change(account("a", { version: 4 }))
      assert.strictEqual(memory.account("a").sessions, 1)
    })
  )

  /**
   * @guarantee protection: One account's failure touches no other
   * @how one session per account; refused or missing credentials disable that account only
   */
  it.effect("lets an account with refused credentials alone until it changes, and the others in peace", () =>
    Effect.gen(function* () {
      const { change, memory, written } = yield* start([account("a"), account("b")])
      yield* refuse(memory.account("a").events, exchangeError("unauthorized"))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(memory.account("a").sessions, 0)
      assert.strictEqual(memory.account("b").sessions, 1)
      memory.account("b").trades = [trade({})]
      yield* Queue.offer(memory.account("b").events, { _tag: "Connected" })
      yield* TestClock.adjust(0)
      assert.strictEqual(written.length, 1)
      memory.account("a").events = yield* Queue.unbounded<AccountEvent, ExchangeError>()
      yield* change(account("a", { version: 2 }))
      assert.strictEqual(memory.account("a").sessions, 1)
    })
  )

  /** @guarantee protection: One account's failure touches no other */
  it.effect("finds missing credentials before the exchange is used, and tries again later", () =>
    Effect.gen(function* () {
      const { change, memory, missing } = yield* start([])
      missing.add("a")
      yield* change(account("a"))
      assert.strictEqual(memory.account("a").sessions, 0)
      missing.clear()
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(memory.account("a").sessions, 1)
    })
  )

  it.effect("closes the session of an account that has been idle for a while, and opens it when it is needed", () =>
    Effect.gen(function* () {
      const { memory, setBusy } = yield* start([account("a")])
      yield* setBusy("a", false)
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(memory.account("a").sessions, 1)
      yield* setBusy("a", true)
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(memory.account("a").sessions, 1)
      yield* setBusy("a", false)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(memory.account("a").sessions, 0)
      yield* setBusy("a", true)
      assert.strictEqual(memory.account("a").sessions, 1)
    })
  )

  it.effect("looks at idle accounts now and then, without a stream, and writes what was opened by hand", () =>
    Effect.gen(function* () {
      const { change, memory, setBusy, written } = yield* start([])
      yield* setBusy("a", false)
      yield* change(account("a"))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([memory.account("a").reads, memory.account("a").sessions], [1, 0])
      assert.deepStrictEqual(written, [])
      memory.account("a").trades = [trade({})]
      yield* TestClock.adjust("20 minutes")
      assert.strictEqual(memory.account("a").sessions, 0)
      assert.deepStrictEqual(
        written.map(({ positionId }) => positionId),
        ["t-1"]
      )
    })
  )

  /**
   * @guarantee protection: A user is told when positions can't be followed, and when they can again
   * @how a critical alert once refused credentials, or 30 s without a read, leave open positions as last known
   */
  it.effect("alarms when the credentials of an account with open positions are refused", () =>
    Effect.gen(function* () {
      const { change, memory, told } = yield* start([account("a"), account("b")])
      memory.account("a").trades = [trade({})]
      yield* Queue.offer(memory.account("a").events, { _tag: "Connected" })
      yield* TestClock.adjust(0)
      yield* refuse(memory.account("a").events, exchangeError("unauthorized"))
      yield* refuse(memory.account("b").events, exchangeError("unauthorized"))
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(ofReach(told()), ["a out_of_reach critical"])
      memory.account("a").events = yield* Queue.unbounded<AccountEvent, ExchangeError>()
      yield* change(account("a", { version: 2 }))
      yield* Queue.offer(memory.account("a").events, { _tag: "Connected" })
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(ofReach(told()), ["a out_of_reach over"])
    })
  )

  it.effect("passes the wish for a read on", () =>
    Effect.gen(function* () {
      const { memory, supervisor } = yield* start([account("a")])
      supervisor.reread("a")
      supervisor.reread("nobody")
      yield* TestClock.adjust(0)
      assert.strictEqual(memory.account("a").reads, 1)
    })
  )
})
