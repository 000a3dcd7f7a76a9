import { assert, describe, it } from "@effect/vitest"
import type { TradeOutcome } from "@millrace/contracts"
import { makeLocalExchange } from "@millrace/simulators"
import { type JournalOrder, judgeOrders } from "../src/judgeOrders.ts"
import { type OrderKind, orderKinds } from "../src/OrderKind.ts"
import { type PlacedOrder, placeOrder } from "../src/PlacedOrder.ts"

const place = (kind: OrderKind): PlacedOrder => {
  const exchange = makeLocalExchange()
  exchange.prime({ price: 60_000, timeMs: 1_700_000_000_000 })
  exchange.openAccount({ id: kind, name: kind, balance: 10_000_000 })
  return placeOrder(exchange, { kind, accountId: kind, commandId: `command-${kind}` })
}
const orders = orderKinds.map(place)

/** The journal of orders that were all carried out once. */
const journal: ReadonlyArray<JournalOrder> = orders.flatMap(({ command, effects }) =>
  effects.map((effect) => {
    const [action = "", id = "of-its-own"] = effect.split(" ")
    return { account: command.accountId, action, id, applied: true }
  })
)
const told = orders.map(({ command }) => outcomeOf(command.commandId, "completed"))

function outcomeOf(commandId: string, status: TradeOutcome["status"]): TradeOutcome {
  return { commandId, status, reason: "a reason" } as TradeOutcome
}
const without = (commandId: string) => told.filter((outcome) => outcome.commandId !== commandId)

describe("orders of every kind", () => {
  it("are found sound when each happened once and is told as done, however often that is told", () => {
    assert.deepStrictEqual(judgeOrders(orders, journal, [...told, ...told]), {
      commands: 12,
      ends: { completed: 12 },
      effects: 16,
      ...{ duplicates: [], lost: [], untrue: [], strange: [] }
    })
  })

  it("are found doubled when one of their effects happened twice", () => {
    for (const effect of journal) {
      const found = judgeOrders(orders, [...journal, effect], told)
      assert.lengthOf(found.duplicates, 1, `${effect.account} ${effect.action}`)
    }
  })

  it("are found lost when they are told as done and were not, or were never told to end", () => {
    for (const effect of journal) {
      const others = journal.filter((one) => one !== effect)
      assert.lengthOf(judgeOrders(orders, others, told).lost, 1, `${effect.account} ${effect.action}`)
    }
    const pending = [...without("command-close"), outcomeOf("command-close", "pending")]
    assert.deepStrictEqual(judgeOrders(orders, journal, pending).lost, ["command-close has no end"])
  })

  it("are found untrue when they are told as refused and happened, or told to end in two ways", () => {
    const refused = [...without("command-hedge"), outcomeOf("command-hedge", "refused")]
    assert.lengthOf(judgeOrders(orders, journal, refused).untrue, 1)
    assert.lengthOf(judgeOrders(orders, journal, [outcomeOf("command-hedge", "refused"), ...told]).untrue, 1)
  })

  it("may be unknown first and known later", () => {
    const { untrue } = judgeOrders(orders, journal, [outcomeOf("command-hedge", "unknown"), ...told])
    assert.deepStrictEqual(untrue, [])
  })

  it("show an effect that nobody asked for", () => {
    const closed = { account: "hedge", action: "close_position", id: "another", applied: true }
    assert.lengthOf(judgeOrders(orders, [...journal, closed], told).strange, 1)
  })
})
