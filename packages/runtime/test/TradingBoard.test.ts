import { assert, it } from "@effect/vitest"
import {
  type Control,
  cancelKey,
  controlKey,
  type TradingScope,
  type TradingSwitch,
  tradingKey
} from "@millrace/contracts"
import { TradingBoard } from "../src/index.ts"

const staleAfterMs = 3_000
const limit = { accountId: "account-1", ruleId: "rule-1" }

const halted = (scope: TradingScope, mode: TradingSwitch["mode"] = "HALTED"): TradingSwitch => ({
  _tag: "TradingSwitch",
  ...scope,
  mode,
  actor: "operator",
  atMs: 0
})

/** A board whose clock a test sets, fed with records in the order of their offsets. */
const made = (settleMs = 0) => {
  let now = 10_000
  let offset = 0
  const board = new TradingBoard({ staleAfterMs, settleMs, nowMs: () => now })
  const change = (key: string, value: Control | undefined, at = offset++) => board.change({ key, value, offset: at })
  return {
    board,
    tell: (value: Control) => change(controlKey(value), value),
    lift: (scope: TradingScope) => change(tradingKey(scope), undefined),
    change,
    beat: (atMs = now) => change("heartbeat", { _tag: "ControlsHeartbeat", atMs }),
    pass: (ms: number) => {
      now += ms
    }
  }
}

/**
 * @guarantee protection: A kill switch for all, an account or a rule holds in every process; the strictest one that covers a rule counts
 * @how each process follows the compacted topic `controls`; the board is asked right before a send
 */
it("says the mode of the strictest switch that covers a rule, and which one it is", () => {
  const { board, tell, lift, beat } = made()
  board.read()
  beat()
  assert.deepStrictEqual(board.verdict(limit), { mode: "ACTIVE", by: undefined, readable: true })
  const rule = halted(limit)
  const account = halted({ accountId: "account-1" }, "REDUCE_ONLY")
  const all = halted({}, "REDUCE_ONLY")
  tell(account)
  tell(rule)
  assert.deepInclude(board.verdict(limit), { mode: "HALTED", by: rule })
  assert.deepInclude(board.verdict({ accountId: "account-1", ruleId: "rule-2" }), { mode: "REDUCE_ONLY", by: account })
  assert.deepInclude(board.verdict({ accountId: "account-1" }), { mode: "REDUCE_ONLY", by: account })
  assert.deepInclude(board.verdict({ accountId: "account-2", ruleId: "rule-1" }), { mode: "ACTIVE", by: undefined })
  tell(all)
  assert.deepInclude(board.verdict({ accountId: "account-2" }), { mode: "REDUCE_ONLY", by: all })
  assert.deepInclude(board.verdict({ accountId: "account-1" }), { by: all }, "the wider one of two alike")
  tell(halted({}))
  lift(limit)
  assert.deepInclude(board.verdict(limit), { mode: "HALTED", by: halted({}) })
  lift({})
  lift({ accountId: "account-1" })
  assert.deepInclude(board.verdict(limit), { mode: "ACTIVE", by: undefined })
})

/**
 * @guarantee protection: While the controls can't be read nothing is opened, and what protects follows the mode last known
 * @how readable only with a heartbeat that was sent and received within `RUNTIME_CONTROLS_STALE_AFTER`; HALTED before the first reading
 */
it("is HALTED before it was read, and unreadable without a heartbeat that is both sent and heard lately", () => {
  const { board, tell, beat, pass } = made()
  beat()
  assert.deepStrictEqual(board.verdict({}), { mode: "HALTED", by: undefined, readable: false })
  tell(halted({}, "REDUCE_ONLY"))
  board.read()
  assert.deepInclude(board.verdict({}), { mode: "REDUCE_ONLY", readable: true })
  pass(staleAfterMs)
  assert.isTrue(board.verdict({}).readable)
  pass(1)
  assert.deepInclude(board.verdict({}), { mode: "REDUCE_ONLY", readable: false }, "the mode stays as last known")
  beat(10_000)
  assert.isFalse(board.verdict({}).readable, "an old heartbeat that is read late says nothing about now")
  beat()
  assert.isTrue(board.verdict({}).readable)
  beat(1_000_000)
  pass(staleAfterMs + 1)
  assert.isFalse(board.verdict({}).readable, "a sender whose clock is ahead is not heard for ever")
})

it("tells its listeners of switches with their scope, and of readability lost and regained", () => {
  const { board, tell, lift, beat, pass, change } = made()
  const told: Array<TradingScope> = []
  board.onChange((scope) => told.push(scope))
  tell(halted(limit))
  assert.deepStrictEqual(told, [], "not while old records are read")
  board.read()
  board.read()
  assert.deepStrictEqual(told.splice(0), [{}])
  beat()
  assert.deepStrictEqual(told.splice(0), [{}], "readable now")
  tell(halted(limit))
  assert.deepStrictEqual(told, [], "the same mode again")
  lift(limit)
  tell(halted({ accountId: "account-2" }))
  change(cancelKey("command-1"), undefined)
  assert.deepStrictEqual(told.splice(0), [limit, { accountId: "account-2" }])
  board.look()
  assert.deepStrictEqual(told, [])
  pass(staleAfterMs + 1)
  board.look()
  board.look()
  assert.deepStrictEqual(told.splice(0), [{}], "lost")
  beat()
  assert.deepStrictEqual(told, [{}], "regained")
})

it("is not turned back by a worker of the same process that still reads old records", () => {
  const { board, tell, lift, change } = made()
  tell(halted({}, "REDUCE_ONLY"))
  lift({})
  tell(halted({}))
  board.read()
  change(tradingKey({}), halted({}, "REDUCE_ONLY"), 0)
  assert.strictEqual(board.verdict({}).mode, "HALTED")
  change(tradingKey({}), undefined, 1)
  assert.strictEqual(board.verdict({}).mode, "HALTED")
})

it("knows which commands were withdrawn", () => {
  const { board, tell, change } = made()
  tell({ _tag: "CommandCancel", commandId: "command-1", accountId: "account-1", actor: "operator", atMs: 0 })
  assert.isTrue(board.isCanceled("command-1"))
  assert.isFalse(board.isCanceled("command-2"))
  change(cancelKey("command-1"), undefined)
  assert.isFalse(board.isCanceled("command-1"))
})

/**
 * @guarantee protection: A process that was cut off or frozen opens nothing before its group has told it what it lost
 * @how after a silence the controls stay unreadable for a session's time; found by `npm run simulate -- --world trading`
 */
it("stays unreadable for a while after a silence, and not after its start", () => {
  const { board, beat, pass } = made(6_000)
  board.read()
  beat()
  assert.isTrue(board.verdict(limit).readable, "nothing was silent before the start")
  for (const _ of [1, 2, 3]) {
    pass(2_000)
    beat()
    assert.isTrue(board.verdict(limit).readable)
  }
  pass(45_000)
  assert.isFalse(board.verdict(limit).readable)
  beat()
  assert.isFalse(board.verdict(limit).readable, "heard again, and not trusted yet")
  for (const _ of [1, 2]) {
    pass(2_000)
    beat()
    assert.isFalse(board.verdict(limit).readable)
  }
  pass(2_000)
  beat()
  assert.isTrue(board.verdict(limit).readable)
})
