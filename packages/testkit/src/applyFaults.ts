import type { FaultyOperation, Trouble } from "@millrace/kafka"
import type { Effect } from "effect"
import { describeFault, type FaultPlan, type PlannedFault } from "./FaultPlan.ts"
import type { SimulatedWorld } from "./SimulatedWorld.ts"

/** What the broker's lasting faults do to calls of one kind. */
const troubles: Partial<Record<PlannedFault["kind"], readonly [FaultyOperation, Trouble]>> = {
  sends_fail: ["send", { failShare: 0.5 }],
  sends_lose_answers: ["send", { answerLostShare: 0.4, failShare: 0.1 }],
  sends_slow: ["send", { delayMs: 4_000 }],
  commits_fail: ["commit", { failShare: 0.7 }],
  commits_lose_answers: ["commit", { answerLostShare: 0.5 }],
  commits_slow: ["commit", { delayMs: 5_000 }],
  fetches_fail: ["fetch", { failShare: 0.6 }],
  fetches_slow: ["fetch", { delayMs: 3_000 }],
  group_calls_fail: ["group", { failShare: 0.5, answerLostShare: 0.2 }],
  group_calls_slow: ["group", { delayMs: 6_000 }],
  transactions_fail: ["transaction", { failShare: 0.5 }],
  transactions_lose_answers: ["transaction", { answerLostShare: 0.4, failShare: 0.2 }],
  transactions_slow: ["transaction", { delayMs: 4_000 }],
  questions_fail: ["admin", { failShare: 0.5 }]
}

/** Sets a plan's faults up in a world; each ends by itself, at `healedMs` at the latest. */
export const applyFaults = (world: SimulatedWorld, plan: FaultPlan, healedMs: number): void => {
  const outages = { count: 0 }
  for (const fault of plan) {
    world.at(fault.atMs, () => {
      world.record("", { type: "fault", kind: fault.kind, what: describeFault(fault) })
      begin(world, fault, Math.min(fault.forMs, healedMs - fault.atMs), outages)
    })
  }
}

const begin = (world: SimulatedWorld, fault: PlannedFault, forMs: number, outages: { count: number }): void => {
  const role = world.roleAt(fault.process ?? 0)
  const later = (act: () => void) => world.at(world.nowMs + forMs, act)
  const atBroker = (effect: Effect.Effect<unknown>) => world.broker.run(effect)
  const down = (end: () => void) => {
    world.hold(role, 1)
    end()
    later(() => world.hold(role, -1))
  }
  const trouble = troubles[fault.kind]
  if (trouble !== undefined) {
    atBroker(world.control.setTrouble(...trouble))
    later(() => atBroker(world.control.setTrouble(trouble[0], undefined)))
  } else if (fault.kind === "kill") down(() => world.kill(role))
  else if (fault.kind === "stop") down(() => world.stop(role))
  else if (fault.kind === "freeze") world.freeze(role, forMs)
  else if (fault.kind === "cut") {
    world.cut(role, 1)
    later(() => world.cut(role, -1))
  } else if (fault.kind === "outage") {
    outages.count += 1
    atBroker(world.control.setAvailable(false))
    later(() => {
      outages.count -= 1
      if (outages.count === 0) atBroker(world.control.setAvailable(true))
    })
  } else if (fault.kind === "rebalance") {
    for (const { group } of world.inputs) atBroker(world.control.rebalance(group))
  } else if (fault.kind === "retention") world.deleteCommitted()
  else if (fault.kind === "compaction") for (const topic of world.compacted) atBroker(world.control.compact(topic))
}
