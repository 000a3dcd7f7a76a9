import { join } from "node:path"
import { report } from "@millrace/local"
import type { FaultInput } from "@millrace/simulators"
import { Effect } from "effect"
import { awaitState } from "./awaitState.ts"
import { type ExecutorProcess, startExecutor } from "./ExecutorProcess.ts"
import { judgeOrders, type OrderJudgement } from "./judgeOrders.ts"
import { orderKinds } from "./OrderKind.ts"
import { type PlacedOrder, placeOrder } from "./PlacedOrder.ts"
import { SeededRandom } from "./SeededRandom.ts"
import { startTradingGrounds, type TradingGrounds } from "./TradingGrounds.ts"

// Outline of a run:
// 1. Before each kill a batch of orders of every kind, each on an account of its own, in the order that the seed gives.
// 2. The exchange loses, breaks and delays requests all the while; at a time that the seed gives one executor is killed and
//    started again at once.
// 3. Then nothing fails any more: every command has to end. The exchange's journal is held against what was told.

export interface OrdersOptions {
  /** The same seed gives the same orders, faults and times; what is under way at a kill is the machine's matter. */
  readonly seed: number
  readonly kills: number
  readonly executors: number
  /** Takes the executors' logs. */
  readonly folder: string
}

export interface OrdersSummary extends OrderJudgement {
  readonly seed: number
  readonly kills: number
  readonly executors: number
  /** Requests that the exchange applied or broke without a proper answer, or answered late. */
  readonly struckRequests: number
  readonly ok: boolean
}

/** What happens to a request of an order, and how often. */
const faults: ReadonlyArray<FaultInput> = [
  { kind: "reset_after", probability: 0.1 },
  { kind: "status_after", probability: 0.05 },
  { kind: "garble_reply", probability: 0.05 },
  { kind: "reset", probability: 0.05 },
  { kind: "hang", probability: 0.03 },
  { kind: "latency", probability: 0.3, latencyMs: 100, jitterMs: 1_500 }
].flatMap((fault) => ["POST /v3/futures", "PUT /v3/futures"].map((route) => ({ ...fault, route }) as FaultInput))

const endWithin = "180 seconds"
/** Longest time from sending a batch to the kill, and from the kill to the next batch, in milliseconds. */
const mostBeforeKillMs = 4_000
const mostAfterKillMs = 8_000

const allEnded = (grounds: TradingGrounds, orders: ReadonlyArray<PlacedOrder>) =>
  Effect.map(grounds.outcomes, (told) => {
    const ended = new Set(told.filter(({ status }) => status !== "pending").map(({ commandId }) => commandId))
    return orders.every(({ command }) => ended.has(command.commandId))
  })

const placeBatches = Effect.fnUntraced(function* (grounds: TradingGrounds, kills: number) {
  const names = Array.from({ length: kills }, (_, index) => `b${index}`)
  yield* grounds.openAccounts(names.flatMap((name) => orderKinds.map((kind) => `${name}-${kind}`)))
  const batches = names.map((name) =>
    orderKinds.map((kind) => {
      const accountId = `${name}-${kind}`
      return placeOrder(grounds.exchange, { kind, accountId, commandId: `${name}.${kind}` })
    })
  )
  yield* grounds.tellOf(batches.flat())
  grounds.exchange.tick({ price: 60_500, timeMs: grounds.exchange.state().timeMs })
  return batches
})

/**
 * Runs orders under kills; `stack`: variables that name the servers. Everything that it started ends with the scope.
 *
 * @guarantee crash: executor beside another is killed (kill -9) at any time, while the exchange loses and breaks replies
 * @redelivered its commands, to the other and to the one started again
 * @harmless every kind of order happens once and is told as it was
 * @runs npm run chaos -- orders
 */
export const runOrders = Effect.fnUntraced(function* (options: OrdersOptions, stack: Readonly<Record<string, string>>) {
  const { executors, folder, kills, seed } = options
  const random = new SeededRandom(seed)
  const grounds = yield* startTradingGrounds(stack)
  const batches = yield* placeBatches(grounds, kills)
  const orders = batches.flat()
  const start = (instance: number) =>
    startExecutor(grounds, join(folder, `executor-${instance}.log`), { env: { INSTANCE: String(instance) } })
  const crew: Array<ExecutorProcess> = []
  for (let instance = 1; instance <= executors; instance += 1) crew.push(yield* start(instance))
  yield* awaitState(
    "the executors are ready",
    Effect.sync(() => crew.every((one) => one.isReady())),
    "90 seconds"
  )
  for (const fault of faults) grounds.exchange.faults.add(fault)
  yield* report(`${executors} executors take ${orders.length} orders; ${kills} kills follow`)
  for (const batch of batches) {
    yield* grounds.send(random.shuffled(batch))
    yield* Effect.sleep(random.between(0, mostBeforeKillMs))
    const place = random.between(0, executors)
    yield* crew[place]!.kill
    crew[place] = yield* start(place + 1)
    yield* Effect.sleep(random.between(0, mostAfterKillMs))
  }
  const struckRequests = grounds.exchange.faults.list().reduce((sum, { struck }) => sum + struck, 0)
  grounds.exchange.faults.clear()
  yield* report("no fault follows any more; waiting until every command has ended")
  yield* Effect.ignore(awaitState("every command has ended", allEnded(grounds, orders), endWithin))
  const judgement = judgeOrders(orders, grounds.exchange.journal.read().orders, yield* grounds.outcomes)
  const broken = [judgement.duplicates, judgement.lost, judgement.untrue, judgement.strange].flat()
  const summary: OrdersSummary = { seed, kills, executors, struckRequests, ...judgement, ok: broken.length === 0 }
  return summary
})
