import { type ChildProcess, fork } from "node:child_process"
import { randomUUID } from "node:crypto"
import { fileURLToPath } from "node:url"
import type { Handled, KilledTask } from "../peers/killedWorker.ts"
import { makeTopic, startPublisher } from "./fillTopic.ts"
import { type BenchTopic, topicName } from "./records.ts"

const script = fileURLToPath(new URL("../peers/killedWorker.ts", import.meta.url))
const settleMs = 3_000
const patienceMs = 90_000

interface Member {
  readonly child: ChildProcess
  /** Partitions of which it has handled a record. */
  readonly partitions: Set<number>
}

/** One group on one topic, into which records come all the time, for a kill. */
class Scene {
  readonly topic: BenchTopic
  readonly members: Array<Member> = []
  readonly seen = new Set<number>()
  onHandled: (member: Member, handled: Handled) => void = () => {}
  private readonly group = `it-bench-${randomUUID()}`

  constructor(topic: BenchTopic) {
    this.topic = topic
  }

  start(instance: string): Member {
    const task: KilledTask = { topic: this.topic, group: this.group, instance }
    const child = fork(script, [JSON.stringify(task)], {
      execArgv: ["--disable-warning=TimeoutNegativeWarning"],
      env: { ...process.env, KAFKAJS_NO_PARTITIONER_WARNING: "1" }
    })
    const member: Member = { child, partitions: new Set() }
    child.on("message", (handled: Handled) => {
      member.partitions.add(handled.partition)
      this.seen.add(handled.n)
      this.onHandled(member, handled)
    })
    this.members.push(member)
    return member
  }

  /** Waits until each of these members handles records, and all partitions have one that does. */
  async shared(members: ReadonlyArray<Member>): Promise<void> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      for (const member of members) member.partitions.clear()
      await sleep(settleMs)
      const handled = members.reduce((sum, { partitions }) => sum + partitions.size, 0)
      if (members.every(({ partitions }) => partitions.size > 0) && handled === this.topic.partitions) return
      if (performance.now() > deadline) throw new Error(`${handled} of ${this.topic.partitions} partitions are handled`)
    }
  }

  end(): void {
    for (const { child } of this.members) child.kill("SIGKILL")
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What a kill brought. */
export interface Recovered {
  /** From the kill to the first record of one of the killed member's partitions, and to the first of the last one. */
  readonly firstMs: number
  readonly allMs: number
  readonly lost: number
}

/**
 * Kills one of `instances` members with SIGKILL while records come in, and waits until others handle its partitions; a lone
 * member is started again at once. Then sees that every record that was published has been handled.
 */
export const recoverFromKill = async (
  instances: 1 | 2,
  partitions: number,
  ratePerSecond: number
): Promise<Recovered> => {
  const scene = new Scene({ name: topicName(), partitions, lanes: ["high"] })
  await makeTopic(scene.topic)
  const publisher = await startPublisher(scene.topic, ratePerSecond)
  try {
    const members = Array.from({ length: instances }, (_, index) => scene.start(String(index + 1)))
    await scene.shared(members)
    const victim = members.at(-1)!
    const orphans = new Set(victim.partitions)
    const times: Array<number> = []
    const done = Promise.withResolvers<void>()
    victim.child.kill("SIGKILL")
    const killedAt = performance.now()
    scene.onHandled = (member, { partition }) => {
      if (member === victim || !orphans.delete(partition)) return
      times.push(performance.now() - killedAt)
      if (orphans.size === 0) done.resolve()
    }
    if (instances === 1) scene.start("1")
    const late = setTimeout(() => done.reject(new Error(`${orphans.size} partitions were not taken over`)), patienceMs)
    await done.promise
    clearTimeout(late)
    const published = await publisher.stop()
    const deadline = performance.now() + patienceMs
    while (scene.seen.size < published && performance.now() < deadline) await sleep(100)
    return { firstMs: times[0]!, allMs: times.at(-1)!, lost: published - scene.seen.size }
  } finally {
    await publisher.stop()
    scene.end()
  }
}
