import { assert, it } from "@effect/vitest"
import { type AccountState, accountStateKey, type MarginState, type MarketTick } from "@millrace/contracts"
import type { Incoming } from "@millrace/runtime"
import { Effect } from "effect"
import { Monitor } from "../src/Monitor.ts"
import type { Output } from "../src/Output.ts"
import { account, commandsIn, levelsIn, position, priceAtLoss, reasonsIn, rule, settings, tickAt } from "./fixtures.ts"

const sync = (name: string, act: () => void) => it.effect(name, () => Effect.sync(act))

const incoming = (value: MarketTick, offset: number): Incoming<MarketTick> => ({
  topic: "market-ticks",
  lane: "critical",
  partition: 0,
  offset,
  timestampMs: value.marketTimeMs,
  fetchedAtMs: value.marketTimeMs,
  key: value.market,
  value,
  workspaceId: "w1",
  headers: {},
  attempt: 1
})

/** The same account, rule and position once more in another partition. */
const rowsOf = (partition: number): ReadonlyArray<AccountState> => {
  const accountId = `a${partition}`
  return [
    { ...account, accountId },
    { ...rule, accountId, ruleId: `r${partition}` },
    { ...position, accountId, positionId: `p${partition}` }
  ]
}

/** One instance, and the changelog that its outputs leave behind. */
class Instance {
  readonly monitor: Monitor
  readonly out: Array<Output> = []
  /** Rules that a switch halts. */
  readonly halted = new Set<string>()
  private readonly changelogs: Map<number, Map<string, MarginState>>
  private offset = 0

  constructor(instance: string, changelogs: Map<number, Map<string, MarginState>>) {
    this.changelogs = changelogs
    this.monitor = new Monitor({
      instance,
      partitionCount: 2,
      settings,
      recentTicks: 100,
      verdictOf: ({ ruleId }) => ({ mode: this.halted.has(ruleId ?? "") ? "HALTED" : "ACTIVE", readable: true }),
      progressEveryMs: 1000,
      now: () => 0,
      put: (partition, outputs) => this.take(partition, outputs)
    })
  }

  private take(partition: number, outputs: ReadonlyArray<Output>): void {
    this.out.push(...outputs)
    const changelog = this.changelogs.get(partition) ?? new Map<string, MarginState>()
    this.changelogs.set(partition, changelog)
    for (const output of outputs) {
      if (output._tag !== "State") continue
      if (output.value === null) changelog.delete(output.key)
      else changelog.set(output.key, output.value)
    }
  }

  assign(partition: number): void {
    let offset = 0
    for (const value of rowsOf(partition)) {
      const key = accountStateKey(value)
      this.monitor.accountChanged({ key, value, previous: undefined, workspaceId: "w1", partition, offset: offset++ })
    }
    this.monitor.partitionChanged("account-state", partition, "ready")
    for (const [key, value] of this.changelogs.get(partition) ?? [])
      this.monitor.marginStateChanged({
        key,
        value,
        previous: undefined,
        workspaceId: "w1",
        partition,
        offset: offset++
      })
    this.monitor.partitionChanged("margin-state", partition, "ready")
  }

  revoke(partition: number): void {
    this.monitor.partitionChanged("account-state", partition, "revoked")
    this.monitor.partitionChanged("margin-state", partition, "revoked")
  }

  loss(time: number, share: number): void {
    this.monitor.tick(incoming(tickAt(time, priceAtLoss(share)), this.offset++))
  }
}

sync("evaluates a partition once both of its tables are read", () => {
  const one = new Instance("1", new Map())
  one.loss(2_000, 0.86)
  one.assign(0)
  assert.deepStrictEqual(commandsIn(one.out), [], "a tick before the start is not evaluated: nothing says from where")
  one.loss(3_000, 0.86)
  assert.deepStrictEqual(
    commandsIn(one.out).map((command) => command.positionId),
    ["p0"]
  )
})

/**
 * @guarantee crash: monitor loses a partition of accounts to another
 * @redelivered the ticks since the rows of that partition
 * @harmless the new owner evaluates what the old one had not, and neither loses nor repeats a crossing
 */
sync("moves two partitions between two instances without a command lost or a second id for the same crossing", () => {
  const changelogs = new Map<number, Map<string, MarginState>>()
  const one = new Instance("1", changelogs)
  const two = new Instance("2", changelogs)
  const both = (time: number, share: number) => {
    one.loss(time, share)
    two.loss(time, share)
  }
  one.assign(0)
  one.assign(1)
  both(2_000, 0.5)
  both(3_000, 0.86)
  one.revoke(1)
  both(4_000, 0.95)
  two.assign(1)
  both(5_000, 0.5)
  two.revoke(1)
  both(6_000, 0.5)
  one.assign(1)
  both(7_000, 0.5)
  const commands = [...one.out, ...two.out].flatMap((output) => commandsIn([output]))
  assert.deepStrictEqual(
    commands.map((command) => `${command.positionId} ${command.marketTimeMs}`),
    ["p0 3000", "p1 3000"]
  )
  const levels = (instance: Instance, positionId: string) =>
    instance.out.flatMap((output) =>
      output._tag === "MarginEvent" && output.value.positionId === positionId
        ? [`${output.value.marketTimeMs} ${output.value.level}`]
        : []
    )
  assert.deepStrictEqual(levels(one, "p0"), ["3000 warning", "4000 critical", "5000 normal"])
  assert.deepStrictEqual([...levels(one, "p1"), ...levels(two, "p1")], ["3000 warning", "4000 critical", "5000 normal"])
})

/** @guarantee crash: monitor loses a partition of accounts to another */
sync("evaluates what a crossing between two owners would have missed", () => {
  const changelogs = new Map<number, Map<string, MarginState>>()
  const one = new Instance("1", changelogs)
  const two = new Instance("2", changelogs)
  one.assign(0)
  one.loss(2_000, 0.5)
  two.loss(2_000, 0.5)
  one.revoke(0)
  two.loss(3_000, 0.86)
  two.loss(4_000, 0.5)
  two.assign(0)
  assert.deepStrictEqual(
    commandsIn(two.out).map((command) => command.marketTimeMs),
    [3_000]
  )
  assert.deepStrictEqual(levelsIn(two.out), ["warning", "normal"])
})

/** @guarantee crash: market-data goes on publishing as a former leader, or sent a tick before it ended */
sync("drops ticks of an older lease, of an older time, and ticks that come a second time", () => {
  const one = new Instance("1", new Map())
  one.assign(0)
  one.monitor.tick(incoming(tickAt(3_000, 60_000, 2), 0))
  one.monitor.tick(incoming(tickAt(4_000, 50_000, 1), 1))
  one.monitor.tick(incoming(tickAt(2_999, 50_000, 2), 2))
  one.monitor.tick(incoming(tickAt(5_000, 60_000, 2), 3))
  one.monitor.tick(incoming(tickAt(5_000, 50_000, 2), 3))
  one.monitor.confirm()
  assert.deepStrictEqual(commandsIn(one.out), [])
  assert.strictEqual(one.monitor.progress().ticksEvaluated, 2)
  assert.strictEqual(one.monitor.progress().evaluatedToMs, 5_000)
})

sync("takes the first tick of a newer lease at whatever market time: a feed may have been started anew", () => {
  const one = new Instance("1", new Map())
  one.assign(0)
  one.monitor.tick(incoming(tickAt(9_000, 60_000, 1), 0))
  one.monitor.tick(incoming(tickAt(3_000, priceAtLoss(0.86), 2), 1))
  one.monitor.confirm()
  assert.strictEqual(one.monitor.progress().evaluatedToMs, 3_000)
  assert.strictEqual(commandsIn(one.out)[0]?.marketTimeMs, 3_000)
})

sync("tells what is evaluated and published, for all its partitions", () => {
  const one = new Instance("1", new Map())
  one.assign(1)
  one.assign(0)
  one.loss(3_000, 0.95)
  assert.strictEqual(one.monitor.progress().ticksEvaluated, 0, "not confirmed yet")
  one.monitor.confirm()
  assert.deepStrictEqual(one.monitor.progress(), {
    instance: "1",
    partitions: [0, 1],
    partitionCount: 2,
    evaluatedToMs: 3_000,
    ticksEvaluated: 1,
    marginEvents: 2,
    positionsWatched: 2,
    pairsWatched: 2,
    entriesWatched: 0,
    openCommands: commandsIn(one.out).map((command) => command.commandId)
  })
})

/** @guarantee protection: A kill switch holds a rule before it decides, and its lifting lets it act with the next tick */
sync("knows the switches of the rules it starts with, of rules that come, and their changes", () => {
  const one = new Instance("1", new Map())
  one.halted.add("r0").add("late")
  one.assign(0)
  one.loss(2_000, 0.5)
  const late = { ...rule, accountId: "a0", ruleId: "late" }
  one.monitor.accountChanged({
    key: accountStateKey(late),
    value: late,
    previous: undefined,
    workspaceId: "w1",
    partition: 0,
    offset: 100
  })
  one.loss(3_000, 0.86)
  assert.deepStrictEqual(reasonsIn(one.out), ["halted", "halted"])
  one.halted.delete("r0")
  one.monitor.controlsChanged({ accountId: "a0" })
  one.loss(4_000, 0.86)
  assert.deepStrictEqual(
    commandsIn(one.out).map(({ ruleId }) => ruleId),
    ["r0"]
  )
})

sync("forgets the rows of a table that it has to read again", () => {
  const one = new Instance("1", new Map())
  const gone = { ...position, accountId: "a0", positionId: "gone" }
  const key = accountStateKey(gone)
  one.monitor.accountChanged({ key, value: gone, previous: undefined, workspaceId: "w1", partition: 0, offset: 7 })
  one.assign(0)
  assert.strictEqual(one.monitor.progress().positionsWatched, 1)
})
