/**
 * Twelve kinds of orders, each with the order of another position of its account beside it, go through real executors, one
 * after the other. Each of them is killed (kill -9) once all twelve stand at one step: before the intent is written, after
 * it, with the request on its way or applied, after the reply, after the record, before and after the outcome is told, while
 * a lost reply is looked into, and around a second send. The next executor has to bring them to their end. Then replies
 * are lost in every way, without a kill; and what the exchange shows is moved by hand while nobody looks.
 *
 * What must hold, counted on the exchange's own journal: every order happened once, also those that nobody stopped, and is
 * told as done; what can't be proven is told as unknown, with an alarm, and is not sent again.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import {
  type ExecutorProcess,
  judgeOrders,
  type KillStep,
  type OrderKind,
  orderKinds,
  type PlacedOrder,
  placeOrder,
  startExecutor,
  startTradingGrounds,
  type TradingGrounds
} from "@millrace/chaos"
import { getJson, toEnvironment } from "@millrace/local"
import { addMargin, cashIn, type FaultInput, type Market, moveCrossMargin, newCrossOrder } from "@millrace/simulators"
import { Effect, Result } from "effect"
import { inject } from "vitest"
import { eventually } from "../pipelineRun.ts"

type Step = Omit<KillStep, "commands">

interface Round {
  readonly name: string
  /** Where the twelve stand still. Absent: wherever the exchange holds them. */
  readonly step?: Step
  /** What the exchange does to every order meanwhile. */
  readonly fault?: FaultInput["kind"]
}

const rounds: ReadonlyArray<Round> = [
  { name: "before the intent is written", step: { operation: "send", when: "before" } },
  { name: "after the intent is written", step: { operation: "send", when: "after" } },
  { name: "the request is on its way", fault: "hang" },
  { name: "after the reply", step: { operation: "settle", when: "before" } },
  { name: "after the record, between two orders", step: { operation: "settle", when: "after" } },
  { name: "before the outcome is told", step: { operation: "publish", when: "before" } },
  { name: "told, before the commit", step: { operation: "publish", when: "after" } },
  { name: "the reply was lost", step: { operation: "settle", when: "before" }, fault: "reset_after" },
  { name: "the loss is recorded", step: { operation: "settle", when: "after" }, fault: "reset_after" },
  { name: "read back, before the record", step: { operation: "settle", when: "before", nth: 2 }, fault: "reset_after" },
  { name: "before the second send", step: { operation: "resend", when: "before" }, fault: "reset" },
  { name: "with leave for the second send", step: { operation: "resend", when: "after" }, fault: "reset" },
  { name: "applied, the reply on its way", fault: "hold_reply" },
  { name: "applied and moved by hand, the reply on its way", fault: "hold_reply" }
]
const lostReplies = ["reset_after", "status_after", "garble_reply"] as const

/** Orders of a round: one of each kind, and beside each the closing of another position of its account. */
interface Orders {
  readonly main: ReadonlyArray<PlacedOrder>
  readonly beside: ReadonlyArray<PlacedOrder>
}

const place = ({ exchange }: TradingGrounds, round: string): Orders => {
  const orders = orderKinds.map((kind) => {
    const accountId = `${round}-${kind}`
    const main = placeOrder(exchange, { kind, accountId, commandId: `${round}.main.${kind}` })
    return { main, beside: placeOrder(exchange, { kind: "close", accountId, commandId: `${round}.beside.${kind}` }) }
  })
  return { main: orders.map(({ main }) => main), beside: orders.map(({ beside }) => beside) }
}
const both = ({ beside, main }: Orders): ReadonlyArray<PlacedOrder> => [...main, ...beside]

const stateful = (what: string, holds: () => boolean) =>
  eventually(
    what,
    Effect.sync(() => (holds() ? true : undefined))
  )

/** Waits until all have an end, whatever it is. */
const allEnded = (grounds: TradingGrounds, orders: ReadonlyArray<PlacedOrder>) =>
  eventually(
    `${orders[0]?.command.commandId} and its like have ended`,
    Effect.map(grounds.outcomes, (told) => {
      const ended = new Set(told.filter(({ status }) => status !== "pending").map(({ commandId }) => commandId))
      return orders.every(({ command }) => ended.has(command.commandId)) ? true : undefined
    })
  )

const orderRoutes = ["POST /v3/futures", "PUT /v3/futures"]

/** Each account's next order of either method is struck; of those that are held up, every one. */
const addFaults = ({ exchange }: TradingGrounds, { fault, step }: Round, { main }: Orders): void => {
  if (fault === undefined) return
  for (const route of orderRoutes) {
    if (step === undefined) exchange.faults.add({ kind: fault, route })
    else
      for (const { command } of main) exchange.faults.add({ kind: fault, route, account: command.accountId, times: 1 })
  }
}

/** Requests of orders that the exchange's faults have struck. */
const struck = ({ exchange }: TradingGrounds): number =>
  exchange.faults.list().reduce((sum, fault) => sum + fault.struck, 0)

const heldReplies = ({ controlUrl }: TradingGrounds) =>
  Effect.map(getJson(`${controlUrl}/replies`), (found) => (found as { readonly replies: [] }).replies.length)

/** Sends the commands and returns once the executor may die: all stand at the step, and those beside them have ended. */
const standAt = Effect.fnUntraced(function* (
  grounds: TradingGrounds,
  executor: ExecutorProcess,
  { name }: Round,
  orders: Orders
) {
  yield* grounds.send(orders.main)
  const commandsAt = () => new Set([...executor.halted()].map((id) => id.split(".").slice(0, 3).join(".")))
  yield* stateful(`all kinds stand: ${name}`, () => commandsAt().size === orders.main.length)
  grounds.exchange.faults.clear()
  yield* grounds.send(orders.beside)
  yield* allEnded(grounds, orders.beside)
})

/** Sends the commands and returns once the exchange holds up an order of each. */
const heldUp = Effect.fnUntraced(function* (grounds: TradingGrounds, { fault, name }: Round, orders: Orders) {
  const all = both(orders)
  yield* grounds.send(all)
  if (fault !== "hold_reply") return yield* stateful(name, () => struck(grounds) === all.length)
  yield* eventually(
    name,
    Effect.map(heldReplies(grounds), (held) => (held === all.length ? true : undefined))
  )
})

/** What somebody does by hand at the exchange: it looks as if the order was not carried out, or more than that was. */
const byHand: Partial<Record<OrderKind, (state: Market.MarketState, order: PlacedOrder) => Market.Outcome<unknown>>> = {
  add_margin: (state, { command }) => addMargin(state, command.accountId, command.positionId!, 7),
  cash_in: (state, { command }) => cashIn(state, command.accountId, command.positionId!, 7),
  cross_deposit: (state, { command }) => moveCrossMargin(state, command.accountId, 20_000),
  cross_reduction: (state, { command }) =>
    newCrossOrder(state, command.accountId, { type: "market", side: "sell", quantity: 600 })
}

/** Moves what the exchange shows of these orders, and returns those that can't be proven after that. */
const moveByHand = ({ exchange }: TradingGrounds, orders: ReadonlyArray<PlacedOrder>): ReadonlyArray<PlacedOrder> =>
  orders.filter((order) => {
    const move = byHand[order.kind]
    if (move !== undefined) Result.getOrThrow(exchange.run((state) => move(state, order)))
    return move !== undefined
  })

const stage = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-steps-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const grounds = yield* startTradingGrounds(toEnvironment(inject("stack")))
  const { exchange } = grounds
  const names = [...rounds.map((_, index) => `r${index}`), ...lostReplies]
  yield* grounds.openAccounts(names.flatMap((name) => orderKinds.map((kind) => `${name}-${kind}`)))
  const placed = names.map((name) => place(grounds, name))
  yield* grounds.tellOf(placed.flatMap(both))
  exchange.tick({ price: 60_500, timeMs: exchange.state().timeMs })
  const start = (step?: KillStep) => startExecutor(grounds, join(folder, "executor.log"), { step })
  return { grounds, placed, start }
})

/** Every round's commands, each killed once at its step and ended by the next executor; returns what the last one left. */
const killAtEachStep = Effect.fnUntraced(function* ({ grounds, placed, start }: Effect.Success<typeof stage>) {
  let former: Orders | undefined
  for (const [index, round] of rounds.entries()) {
    const orders = placed[index]!
    const commands = `r${index}.main.`
    const executor = yield* start(round.step === undefined ? undefined : { ...round.step, commands })
    if (former !== undefined) yield* allEnded(grounds, both(former))
    addFaults(grounds, round, orders)
    if (round.step === undefined) yield* heldUp(grounds, round, orders)
    else yield* standAt(grounds, executor, round, orders)
    yield* executor.kill
    grounds.exchange.faults.clear()
    former = orders
  }
  return former!
})

/**
 * @guarantee crash: executor is killed (kill -9) at any step of an order, or the reply to it is lost
 * @redelivered the command
 * @harmless every kind of order happens once and is told as done, also those beside it; what was moved by hand meanwhile and
 *   can't be proven is unknown, alarmed and not sent again (13 steps on real servers)
 * @guarantee effects: A command that still stands is not given up because its executor was restarted
 */
it.live("every kind of order happens once and is told, whenever its executor is killed or its reply is lost", () =>
  Effect.gen(function* () {
    const staged = yield* stage
    const { grounds, placed, start } = staged
    const left = yield* killAtEachStep(staged)
    const unprovable = moveByHand(grounds, left.main)
    const lost = placed.slice(rounds.length)
    lostReplies.forEach((kind, index) => {
      for (const { command } of lost[index]!.main)
        for (const route of orderRoutes) grounds.exchange.faults.add({ kind, route, account: command.accountId })
    })
    yield* start()
    const ended = lost.flatMap(both)
    yield* grounds.send(ended)
    yield* allEnded(grounds, [...both(left), ...ended])
    const again = unprovable.map(({ command, ...order }) => ({
      ...order,
      command: { ...command, commandId: `${command.commandId}.again` }
    }))
    yield* grounds.send(again)
    yield* allEnded(grounds, again)

    const told = yield* grounds.outcomes
    const orders = placed.flatMap(both)
    const judgement = judgeOrders(orders, grounds.exchange.journal.read().orders, told)
    assert.deepStrictEqual(judgement, {
      commands: orders.length,
      ends: { completed: orders.length - unprovable.length, unknown: unprovable.length },
      effects: orders.reduce((sum, { effects }) => sum + effects.length, 0),
      ...{ duplicates: [], lost: [], untrue: [], strange: [] }
    })
    const critical = new Set(
      (yield* grounds.notifications).flatMap((one) => (one.level === "critical" ? one.subjectId : []))
    )
    for (const { command } of unprovable) {
      const reasons = told
        .filter(({ commandId }) => commandId.startsWith(command.commandId))
        .map(({ reason }) => reason)
      assert.deepStrictEqual([...new Set(reasons)], ["ambiguous_read_back", "position_blocked"], command.commandId)
      assert.isTrue(critical.has(command.commandId), `${command.commandId} is alarmed`)
    }
  }).pipe(Effect.scoped)
)
