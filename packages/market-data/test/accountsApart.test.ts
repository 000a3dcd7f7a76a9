/**
 * A hundred accounts at the simulated exchange, over real sockets: one whose requests hang, one that gets 500, one that gets
 * 429. What must hold: every other account's position is followed from its opening to its end as if the three were not
 * there.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, it } from "@effect/vitest"
import type { Position } from "@millrace/contracts"
import { Exchange, ExchangeConfig, makeLnMarketsV3 } from "@millrace/exchange"
import { Breakers } from "@millrace/runtime"
import { openPositions, Simulator } from "@millrace/simulators"
import { type ApiCredentials, Credentials, RateLimits } from "@millrace/store"
import { ConfigProvider, Effect, Layer, Result } from "effect"
import type { AccountDirectory } from "../src/AccountDirectory.ts"
import { makeAccountSupervisor } from "../src/AccountSupervisor.ts"
import { makePositionBook } from "../src/PositionBook.ts"
import { makeRecentPrices } from "../src/RecentPrices.ts"
import { memoryAlerts } from "./memoryAlerts.ts"
import { account } from "./samples.ts"
import { settings } from "./settings.ts"

const ids = Array.from({ length: 100 }, (_, n) => `a-${n}`)
const troubled = ["a-0", "a-1", "a-2"]
const sound = ids.filter((id) => !troubled.includes(id))
const startMs = Date.UTC(2026, 0, 1)

const adapter = Effect.gen(function* () {
  const { addresses } = yield* Simulator
  const config = yield* ExchangeConfig.pipe(
    Effect.provide(
      ConfigProvider.layer(
        ConfigProvider.fromUnknown({
          EXCHANGE: { REST_URL: addresses.rest, STREAM_URL: addresses.stream, REQUEST_TIMEOUT: "500 millis" }
        })
      )
    )
  )
  return yield* makeLnMarketsV3(config)
})
const parts = Layer.mergeAll(RateLimits.layerMemory, Breakers.layer, Simulator.layer).pipe(
  Layer.provide(NodeFileSystem.layer),
  Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({})))
)

/** @guarantee protection: One account's failure touches no other */
it.live(
  "follows 97 of 100 accounts as if the other three did not hang, fail and refuse",
  () =>
    Effect.gen(function* () {
      const { exchange: market } = yield* Simulator
      market.prime({ price: 60_000, timeMs: startMs })
      const keys: Record<string, ApiCredentials> = {}
      for (const id of ids) {
        keys[id] = Result.getOrThrow(market.openAccount({ id, name: id, balance: 10_000_000 }))
        const position = { id: `p-${id}`, account: id, side: "buy", quantity: 1000, leverage: 10 } as const
        Result.getOrThrow(openPositions(market, [position]))
      }
      market.faults.add({ kind: "hang", account: "a-0" })
      market.faults.add({ kind: "status", status: 500, account: "a-1" })
      market.faults.add({ kind: "status", status: 429, account: "a-2" })

      const directory = {
        account: (id) => account(id),
        accountIds: () => ids,
        positions: () => [],
        isBusy: () => true,
        subscribe: () => Effect.void
      } satisfies Omit<AccountDirectory, "table">
      const written: Array<Position> = []
      const accountsWith = (status: Position["status"]) =>
        new Set(written.filter((one) => one.status === status).map(({ accountId }) => accountId))
      const until = (holds: () => boolean) =>
        Effect.suspend(() => (holds() ? Effect.void : Effect.fail("not yet"))).pipe(
          Effect.tapError(() => Effect.sleep("20 millis")),
          Effect.eventually
        )
      const exchange = yield* adapter
      const supervisor = yield* makeAccountSupervisor({
        ...{ settings, book: makePositionBook("btc_usd", 1), prices: makeRecentPrices(60_000) },
        ...{ directory: directory as unknown as AccountDirectory, alerts: memoryAlerts().alerts },
        ...{ marketTimeMs: () => startMs, write: (_account, changes) => written.push(...changes) }
      }).pipe(Effect.provideService(Exchange, exchange), Effect.provide(Credentials.layerMemory(keys)))
      yield* supervisor.run.pipe(Effect.provideService(Exchange, exchange), Effect.forkScoped)

      yield* until(() => accountsWith("open").size >= sound.length)
      assert.deepStrictEqual([...accountsWith("open")].toSorted(), sound.toSorted())
      market.tick({ price: 54_000, timeMs: startMs + 1000 })
      yield* until(() => accountsWith("closed").size >= sound.length)
      assert.deepStrictEqual([...accountsWith("closed")].toSorted(), sound.toSorted())
      for (const id of sound) {
        const revisions = written.filter(({ accountId }) => accountId === id).map(({ revision }) => revision)
        assert.deepStrictEqual(revisions, [1, 2])
      }
    }).pipe(Effect.scoped, Effect.provide(parts)),
  180_000
)
