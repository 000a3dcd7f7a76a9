/** `millrace accounts` and `rules` over stores in memory and a test's exchange. */
import { type AccountSession, Exchange, ExchangeError, unsupportedOperations } from "@millrace/exchange"
import { AccountStore, Credentials, layerMemoryAccountStore } from "@millrace/store"
import { ConfigProvider, Context, Effect, Layer, Stream } from "effect"
import { runMillrace } from "./runMillrace.ts"

/** Keys that the test's exchange knows, with their rights. */
export const rights: Readonly<Record<string, ReadonlyArray<string> | undefined>> = {
  good: ["account:read", "futures:isolated:read", "futures:isolated:write", "futures:cross:*"],
  broad: ["*"],
  readOnly: ["futures:isolated:read", "account:read"],
  silent: undefined
}

export const exchange = Layer.succeed(Exchange, {
  ...{ ticker: Effect.die("not used"), candles: () => Effect.die("not used"), serverTimeMs: Effect.die("not used") },
  marketEvents: Stream.empty,
  account: (accountId, { key }) =>
    Effect.succeed({
      ...unsupportedOperations,
      identity:
        key in rights
          ? Effect.succeed({
              ...{ exchangeUserId: "u", username: `name-of-${accountId}`, balanceSats: 7, permissions: rights[key] }
            })
          : Effect.fail(
              new ExchangeError({
                ...{ operation: "account", reason: key === "down" ? "unavailable" : "unauthorized" },
                ...{ applied: "no", detail: "Signature is not valid" }
              })
            )
    } as unknown as AccountSession)
})

export interface Surroundings {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs the command with what it finds on standard input and in the environment. */
export const runIn = Effect.fnUntraced(function* (surroundings: Surroundings, ...args: ReadonlyArray<string>) {
  const stores = yield* Effect.context<AccountStore | Credentials>()
  const env = {
    EXCHANGE_REST_URL: "http://127.0.0.1:9/v3",
    EXCHANGE_STREAM_URL: "ws://127.0.0.1:9/v1",
    ...surroundings.env
  }
  const accounts = Layer.succeed(AccountStore, Context.get(stores, AccountStore))
  const credentials = Layer.succeedContext(Context.pick(AccountStore, Credentials)(stores))
  const input = { stdin: surroundings.stdin ?? "" }
  return yield* runMillrace({ trading: { accounts, credentials, exchange } }, args, input).pipe(
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
  )
})

export const run = (...args: ReadonlyArray<string>) => runIn({}, ...args)

export const add = (id: string, ...more: ReadonlyArray<string>) =>
  run("accounts", "add", id, "--workspace", "w", "--user", "u", "--network", "simulator", ...more)

export const stored = (id: string) => Effect.flatMap(AccountStore, (store) => store.account(id))

export const live = Effect.provide(layerMemoryAccountStore, { local: true })
