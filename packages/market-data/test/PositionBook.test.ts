import { assert, describe, it } from "@effect/vitest"
import type { Position, TradeOutcome } from "@millrace/contracts"
import { makePositionBook, type Snapshot } from "../src/PositionBook.ts"
import { endOfTrade } from "../src/positionFromTrade.ts"
import { cross, outcome, trade } from "./samples.ts"

const changesOf = ({ corrections }: Snapshot) => corrections.map(({ after }) => after)

const bookWith = (...trades: ReadonlyArray<Parameters<typeof trade>[0]>) => {
  const book = makePositionBook("btc_usd", 4)
  const changes = changesOf(book.applySnapshot("a", trades.map(trade), book.mark()))
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
    assert.deepStrictEqual(changesOf(book.applySnapshot("a", [trade({})], book.mark())), [])
    const [changed] = changesOf(book.applySnapshot("a", [trade({ stopLossUsd: 9 })], book.mark()))
    assert.deepInclude(changed, { revision: 2, stopLossUsd: 9 })
  })

  it("goes on from the revision of the table", () => {
    const { changes } = bookWith({})
    const book = makePositionBook("btc_usd", 5)
    book.load({ ...changes[0]!, revision: 7 })
    assert.deepStrictEqual(changesOf(book.applySnapshot("a", [trade({})], book.mark())), [])
    assert.deepInclude(changesOf(book.applySnapshot("a", [trade({ marginSats: 1 })], book.mark()))[0], {
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
    assert.deepStrictEqual(stale, { corrections: [], missing: [], overtaken: true })
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
    assert.deepStrictEqual(older, { corrections: [], missing: [], overtaken: true })
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
    /** @guarantee crash: market-data before it writes the position */
    it("is the next revision, with its command, and counts once", () => {
      const { book } = bookWith({})
      const { change, reread } = book.applyOutcome(addMargin("c-1", 1500), false)
      assert.deepInclude(change, { revision: 2, marginSats: 1500, commandId: "c-1" })
      assert.isFalse(reread)
      assert.isUndefined(book.applyOutcome(addMargin("c-1", 1500), false).change)
    })

    /** @guarantee crash: market-data before it writes the position */
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

describe("the outcome of an entry", () => {
  const entry = (changes: Partial<TradeOutcome> = {}): TradeOutcome => {
    const { positionId: _none, ...rest } = outcome({ commandId: "e-1", after: { marginSats: 1200 } })
    return {
      ...rest,
      effectId: "t-7",
      action: {
        ...{ _tag: "open_position", market: "btc_usd", marginMode: "isolated", side: "buy" },
        ...{ quantityUsd: 10, leverage: 5, orderType: "market", stopLossUsd: 9 }
      },
      ...changes
    }
  }

  /**
   * @guarantee protection: A position that an entry opened is guarded from its outcome on
   * @how the exchange's answer in the outcome becomes the position at once; what it does not show is read
   */
  it("is a position at once, under the trade's id, and the read adds nothing to it", () => {
    const { book } = bookWith()
    const { change, reread } = book.applyOutcome(entry(), false)
    assert.deepInclude(change, { positionId: "t-7", revision: 1, marginSats: 1200, stopLossUsd: 9, commandId: "e-1" })
    assert.isFalse(reread)
    assert.isUndefined(book.applyOutcome(entry(), false).change)
    const same = { tradeId: "t-7", marginSats: 1200, stopLossUsd: 9, createdAtMs: 70 }
    assert.deepStrictEqual(changesOf(book.applySnapshot("a", [trade(same)], book.mark())), [])
  })

  it("does not open what a read showed before, or what has ended", () => {
    const { book } = bookWith({ tradeId: "t-7" })
    assert.isUndefined(book.applyOutcome(entry(), false).change)
    book.applyEnd("a", "t-7", { reason: "liquidated", closedAtMs: 1, exitPriceUsd: 1, pnlSats: 0 })
    assert.isUndefined(book.applyOutcome(entry({ commandId: "e-2" }), false).change)
  })

  it("asks for a read where the answer shows no running trade, or is older than our view", () => {
    const asked = (changes: Partial<TradeOutcome>, replayed = false) => {
      const { book } = bookWith()
      return book.applyOutcome(entry(changes), replayed)
    }
    const { action } = entry()
    const limit = action._tag === "open_position" ? { ...action, orderType: "limit" as const } : action
    const ofCross = action._tag === "open_position" ? { ...action, marginMode: "cross" as const } : action
    for (const result of [asked({ action: limit }), asked({ action: ofCross }), asked({}, true)]) {
      assert.deepStrictEqual(result, { change: undefined, reread: true })
    }
    assert.deepStrictEqual(asked({ status: "refused" }), { change: undefined, reread: false })
  })
})

describe("the outcome of a command with its own figures", () => {
  it("carries stop loss, take profit and quantity into the position; what it leaves out stays", () => {
    const { book } = bookWith({ stopLossUsd: 9, takeProfitUsd: 12 })
    const { change } = book.applyOutcome(outcome({ commandId: "c-1", after: { stopLossUsd: 9.5 } }), false)
    assert.deepInclude(change, { stopLossUsd: 9.5, takeProfitUsd: 12, quantityUsd: 10 })
    const reduced = book.applyOutcome(outcome({ commandId: "c-2", after: { quantityUsd: 4 } }), false)
    assert.deepInclude(reduced.change, { quantityUsd: 4, stopLossUsd: 9.5 })
  })

  it("of several effects asks for a read, also when it failed in part", () => {
    const { book } = bookWith({}, { tradeId: "t-2" })
    const part = { positionId: "t-2", quantityUsd: 10, status: "completed", reason: "done" } as const
    const failed = { ...outcome({ commandId: "c-1" }), status: "failed" as const, parts: [part] }
    assert.deepStrictEqual(book.applyOutcome(failed, false), { change: undefined, reread: true })
  })
})

describe("the cross position of an account", () => {
  const read = (book: ReturnType<typeof makePositionBook>, changes: Parameters<typeof cross>[0], mark = book.mark()) =>
    book.applyCross("a", cross(changes), mark)

  /**
   * @guarantee protection: A cross position counts as a new one each time it leaves zero
   * @how the time of its opening is part of its id, so that revisions, episodes and effects of an earlier one never meet it
   */
  it("gets an id at each opening, and keeps it while it grows, shrinks and its margin moves", () => {
    const { book } = bookWith()
    const [opened] = changesOf(read(book, { quantityUsd: 100, updatedAtMs: 5 }))
    assert.deepInclude(opened, { positionId: "x-1.5", marginMode: "cross", revision: 1, quantityUsd: 100 })
    const [grown] = changesOf(read(book, { quantityUsd: 200, marginSats: 9_000, updatedAtMs: 6 }))
    assert.deepInclude(grown, { positionId: "x-1.5", revision: 2, quantityUsd: 200, openedAtMs: 5 })
    assert.deepStrictEqual(changesOf(read(book, { quantityUsd: 200, marginSats: 9_000, updatedAtMs: 7 })), [])
    const gone = read(book, { quantityUsd: 0, side: undefined, updatedAtMs: 8 })
    assert.deepStrictEqual(gone.missing, [grown!])
    book.applyEnd("a", "x-1.5", { reason: "closed", closedAtMs: 8, exitPriceUsd: 1, pnlSats: undefined })
    const [again] = changesOf(read(book, { quantityUsd: 100, updatedAtMs: 9 }))
    assert.deepInclude(again, { positionId: "x-1.9", revision: 1 })
  })

  it("that changed its side has ended; the other side comes with the next read", () => {
    const { book } = bookWith()
    const [long] = changesOf(read(book, { updatedAtMs: 5 }))
    const turned = read(book, { side: "sell", updatedAtMs: 6 })
    assert.deepStrictEqual(turned, { corrections: [], missing: [long!], overtaken: false })
  })

  it("is not opened or undone by a read that an outcome overtook", () => {
    const { book } = bookWith()
    const [opened] = changesOf(read(book, { updatedAtMs: 5 }))
    const mark = book.mark()
    const closed = outcome({ commandId: "c-1", positionId: opened!.positionId, after: { open: false } })
    assert.strictEqual(book.applyOutcome(closed, false).change?.status, "closed")
    assert.deepStrictEqual(read(book, { updatedAtMs: 6 }, mark), { corrections: [], missing: [], overtaken: true })
  })

  it("is no isolated trade that a read misses", () => {
    const { book } = bookWith()
    read(book, { updatedAtMs: 5 })
    assert.deepStrictEqual(book.applySnapshot("a", [], book.mark()).missing, [])
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
