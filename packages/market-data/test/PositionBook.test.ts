import { assert, describe, it } from "@effect/vitest"
import type { Position, TradeOutcome } from "@millrace/contracts"
import { makePositionBook } from "../src/PositionBook.ts"
import { endOfTrade } from "../src/positionFromTrade.ts"
import { outcome, trade } from "./samples.ts"

const bookWith = (...trades: ReadonlyArray<Parameters<typeof trade>[0]>) => {
  const book = makePositionBook("btc_usd", 4)
  const { changes } = book.applySnapshot("a", trades.map(trade), book.mark())
  return { book, changes }
}
const revision = (position: Position | undefined) => position?.revision
const addMargin = (commandId: string, marginSats: number): TradeOutcome =>
  outcome({ commandId, after: { open: true, marginSats } })

describe("the book of positions", () => {
  it("writes a running trade once, and again only when it changed", () => {
    const { book, changes } = bookWith({})
    assert.strictEqual(changes.length, 1)
    assert.deepInclude(changes[0], { positionId: "t-1", revision: 1, epoch: 4, status: "open", marginSats: 1000 })
    assert.deepStrictEqual(book.applySnapshot("a", [trade({})], book.mark()).changes, [])
    const [changed] = book.applySnapshot("a", [trade({ stopLossUsd: 9 })], book.mark()).changes
    assert.deepInclude(changed, { revision: 2, stopLossUsd: 9 })
  })

  it("goes on from the revision of the table", () => {
    const { changes } = bookWith({})
    const book = makePositionBook("btc_usd", 5)
    book.load({ ...changes[0]!, revision: 7 })
    assert.deepStrictEqual(book.applySnapshot("a", [trade({})], book.mark()).changes, [])
    assert.deepInclude(book.applySnapshot("a", [trade({ marginSats: 1 })], book.mark()).changes[0], {
      revision: 8,
      epoch: 5
    })
  })

  it("tells which positions a snapshot does not show any more", () => {
    const { book } = bookWith({}, { tradeId: "t-2" })
    const { missing } = book.applySnapshot("a", [trade({})], book.mark())
    assert.deepStrictEqual(
      missing.map(({ positionId }) => positionId),
      ["t-2"]
    )
  })

  it("does not let a snapshot undo what happened while it was read", () => {
    const { book } = bookWith({}, { tradeId: "t-2" })
    const mark = book.mark()
    book.applyOutcome(addMargin("c-1", 1500), false)
    book.applyEnd("a", "t-2", { reason: "liquidated", closedAtMs: 9, exitPriceUsd: 1, pnlSats: -1 })
    const stale = book.applySnapshot("a", [trade({}), trade({ tradeId: "t-2" })], mark)
    assert.deepStrictEqual(stale, { changes: [], missing: [], overtaken: true })
    assert.deepStrictEqual(
      book.ofAccount("a").map(({ marginSats, positionId }) => [positionId, marginSats]),
      [["t-1", 1500]]
    )
  })

  it("does not miss a position that opened while an older snapshot was read", () => {
    const { book } = bookWith({})
    const mark = book.mark()
    book.applySnapshot("a", [trade({}), trade({ tradeId: "t-2" })], book.mark())
    const older = book.applySnapshot("a", [trade({})], mark)
    assert.deepStrictEqual(older, { changes: [], missing: [], overtaken: true })
  })

  it("ends a position once, with its figures", () => {
    const { book } = bookWith({})
    const end = { reason: "liquidated", closedAtMs: 9, exitPriceUsd: 5, pnlSats: -1000 } as const
    assert.deepInclude(book.applyEnd("a", "t-1", end), {
      status: "closed",
      closeReason: "liquidated",
      closedAtMs: 9,
      exitPriceUsd: 5,
      pnlSats: -1000,
      revision: 2
    })
    assert.isUndefined(book.applyEnd("a", "t-1", end))
    assert.deepStrictEqual(book.ofAccount("a"), [])
  })

  it("keeps accounts apart", () => {
    const { book } = bookWith({})
    assert.isUndefined(book.applyEnd("b", "t-1", { reason: "closed", closedAtMs: 1, exitPriceUsd: 1, pnlSats: 0 }))
    assert.strictEqual(book.ofAccount("a").length, 1)
  })

  it("takes funding's margin, once", () => {
    const { book } = bookWith({})
    const funding = { marginSats: 990, liquidationPriceUsd: 8 }
    assert.deepInclude(book.applyFunding("a", "t-1", funding), { ...funding, revision: 2 })
    assert.isUndefined(book.applyFunding("a", "t-1", funding))
  })

  describe("an outcome", () => {
    it("is the next revision, with its command, and counts once", () => {
      const { book } = bookWith({})
      const { change, reread } = book.applyOutcome(addMargin("c-1", 1500), false)
      assert.deepInclude(change, { revision: 2, marginSats: 1500, commandId: "c-1" })
      assert.isFalse(reread)
      assert.isUndefined(book.applyOutcome(addMargin("c-1", 1500), false).change)
    })

    it("counts once also after a later one", () => {
      const { book } = bookWith({})
      book.applyOutcome(addMargin("c-1", 1500), false)
      book.applyOutcome(addMargin("c-2", 2000), false)
      assert.isUndefined(book.applyOutcome(addMargin("c-1", 1500), false).change)
      assert.strictEqual(book.ofAccount("a")[0]!.marginSats, 2000)
    })

    it("that is replayed notes its command, leaves the figures, and asks for a read", () => {
      const { book } = bookWith({ marginSats: 2000 })
      const { change, reread } = book.applyOutcome(addMargin("c-1", 1500), true)
      assert.deepInclude(change, { revision: 2, marginSats: 2000, commandId: "c-1" })
      assert.isTrue(reread)
    })

    it("is noted even if a snapshot showed its figures first", () => {
      const { book } = bookWith({})
      book.applySnapshot("a", [trade({ marginSats: 1500 })], book.mark())
      const { change } = book.applyOutcome(addMargin("c-1", 1500), false)
      assert.deepInclude(change, { revision: 3, commandId: "c-1" })
    })

    it("that closed the position ends it, with its command", () => {
      const { book } = bookWith({})
      const closed = outcome({ commandId: "c-1", after: { open: false, closedAtMs: 77, exitPriceUsd: 6 } })
      assert.deepInclude(book.applyOutcome(closed, false).change, {
        status: "closed",
        closeReason: "closed",
        closedAtMs: 77,
        exitPriceUsd: 6,
        commandId: "c-1"
      })
      assert.isUndefined(book.applyOutcome(closed, false).change)
    })

    it("of a position that already ended changes nothing", () => {
      const { book } = bookWith({})
      book.applyEnd("a", "t-1", { reason: "closed", closedAtMs: 1, exitPriceUsd: 1, pnlSats: 0 })
      assert.isUndefined(book.applyOutcome(addMargin("c-1", 1500), false).change)
    })

    it("that is refused changes nothing, one that is unknown asks for a read", () => {
      const { book } = bookWith({})
      const refused = { ...addMargin("c-1", 1500), status: "refused" } as const
      assert.deepStrictEqual(book.applyOutcome(refused, false), { change: undefined, reread: false })
      const unknown = { ...addMargin("c-2", 1500), status: "unknown" } as const
      assert.deepStrictEqual(book.applyOutcome(unknown, false), { change: undefined, reread: true })
      assert.strictEqual(revision(book.ofAccount("a")[0]), 1)
    })
  })
})

describe("the reason of an end that REST shows", () => {
  const reasonOf = (changes: Parameters<typeof trade>[0]) =>
    endOfTrade(trade({ status: "closed", ...changes }), 1).reason

  it("is inferred from the exit price, on the side of the position", () => {
    assert.strictEqual(reasonOf({ exitPriceUsd: 8 }), "liquidated")
    assert.strictEqual(reasonOf({ exitPriceUsd: 9, stopLossUsd: 9 }), "stop_loss")
    assert.strictEqual(reasonOf({ exitPriceUsd: 12, takeProfitUsd: 12 }), "take_profit")
    assert.strictEqual(reasonOf({ exitPriceUsd: 12 }), "closed")
    assert.strictEqual(reasonOf({ side: "sell", liquidationPriceUsd: 12, exitPriceUsd: 12 }), "liquidated")
    assert.strictEqual(reasonOf({ side: "sell", liquidationPriceUsd: 12, exitPriceUsd: 9 }), "closed")
    assert.strictEqual(reasonOf({ status: "canceled" }), "canceled")
    assert.strictEqual(reasonOf({}), "unknown")
  })
})
