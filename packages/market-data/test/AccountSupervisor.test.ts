import { assert, describe, it } from "@effect/vitest"
import type { Account, Position } from "@millrace/contracts"
import type { AccountEvent, ExchangeError } from "@millrace/exchange"
import { type ApiCredentials, Credentials, CredentialsMissing } from "@millrace/store"
import { Effect, Queue, Redacted } from "effect"
import { TestClock } from "effect/testing"
import type { AccountDirectory } from "../src/AccountDirectory.ts"
import { makeAccountSupervisor } from "../src/AccountSupervisor.ts"
import { makePositionBook } from "../src/PositionBook.ts"
import { exchangeError, makeMemoryExchange, refuse } from "./MemoryExchange.ts"
import { account, trade } from "./samples.ts"
import { settings } from "./settings.ts"

const key: ApiCredentials = { key: "k", secret: "s", passphrase: "p" }

const start = Effect.fnUntraced(function* (accounts: ReadonlyArray<Account>) {
  const { layer, memory } = yield* makeMemoryExchange
  const known = new Map(accounts.map((one) => [one.accountId, one]))
  const listeners = new Set<(accountId: string) => void>()
  const directory = {
    account: (accountId) => known.get(accountId),
    accountIds: () => [...known.keys()],
    positions: () => [],
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
  const supervisor = yield* makeAccountSupervisor({
    settings,
    directory: directory as unknown as AccountDirectory,
    book: makePositionBook("btc_usd", 1),
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
  return { memory, missing, change, supervisor, written }
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
