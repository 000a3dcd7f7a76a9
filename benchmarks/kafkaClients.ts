// How long do Kafka clients stand still when a broker dies or their group changes, and how late is a record after idling?
// Foreign boundary: a benchmark's processes and clock.
/**
 * Our client, kafkajs and @platformatic/kafka on one cluster of three brokers, at the same time, under the same kills and
 * changes: 12 partitions, 3 copies, min ISR 2, idempotent sends, acks of all, session 10 s, heartbeats every 500 ms.
 *
 * - fail-over: kill -9 of the broker that leads partition 0 while each client sends and reads 500 records/s; the longest
 *   time without an acknowledged (read) record on a partition that this broker led.
 * - group changes: 4 consumers; the longest time without a record on partitions that stay with their consumer, and on
 *   those that move, when the fourth joins, leaves cleanly, and dies by kill -9.
 * - idle: from send to the consumer's hands after ten seconds without a record.
 */
import { rmSync } from "node:fs"
import { join } from "node:path"
import {
  type ClusterNode,
  cacheFolderOf,
  checkoutFolder,
  findJava,
  freePort,
  makeProcessGuard,
  StackConfig,
  startKafkaCluster
} from "@millrace/local"
import { Effect, Exit, Scope } from "effect"
import { Kafka, logLevel } from "kafkajs"
import { type ClientName, clientNames } from "./clients/Client.ts"
import { longestGap, type Spread, spread } from "./clients/gaps.ts"
import { Member, type Stamp } from "./clients/Member.ts"

const rounds = Number(process.env.ROUNDS ?? 3)
const partitions = Array.from({ length: 12 }, (_, n) => n)
const folder = join(checkoutFolder, ".millrace", "bench-clients")
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const now = () => performance.timeOrigin + performance.now()
const scope = Scope.makeUnsafe()

const cluster = Effect.gen(function* () {
  rmSync(folder, { recursive: true, force: true })
  const guard = yield* makeProcessGuard(folder)
  const java = yield* findJava()
  let from = 21_000
  const plans = []
  for (const nodeId of [1, 2, 3]) {
    const ports = []
    for (let n = 0; n < 3; n += 1) {
      ports.push(yield* freePort(from))
      from = ports.at(-1)! + 1
    }
    const [clientPort, replicationPort, controllerPort] = ports as [number, number, number]
    plans.push({ nodeId, clientPort, advertisedPort: clientPort, replicationPort, controllerPort })
  }
  const cacheFolder = cacheFolderOf(yield* StackConfig)
  return yield* startKafkaCluster({ dataFolder: folder, cacheFolder, guard, quickJvm: false }, java, plans)
})

const nodes: ReadonlyArray<ClusterNode> = await Effect.runPromise(Scope.provide(cluster, scope))
process.once("SIGINT", () => void Effect.runPromise(Scope.close(scope, Exit.void)).then(() => process.exit(130)))
const brokers = nodes.map(({ address }) => address).join(",")
const admin = new Kafka({ brokers: brokers.split(","), logLevel: logLevel.NOTHING }).admin()
await admin.connect()

const makeTopic = async (topic: string) => {
  await admin.createTopics({
    topics: [{ topic, numPartitions: partitions.length, replicationFactor: 3 }],
    waitForLeaders: true
  })
}

const partitionsOf = async (topic: string) =>
  (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]!.partitions

const wholeAgain = async (topic: string) => {
  while ((await partitionsOf(topic)).some(({ isr }) => isr.length < 3)) await wait(250)
}

/** Figures by client and by what was measured, in milliseconds. */
const figures = new Map<ClientName, Map<string, Array<number>>>(clientNames.map((name) => [name, new Map()]))
const add = (client: ClientName, what: string, figure: number) => {
  const own = figures.get(client)!
  own.set(what, [...(own.get(what) ?? []), figure])
}

const lossOf = ({ acknowledged, received }: Member) => {
  const seen = new Set(received.map(({ sequence }) => sequence))
  const lost = acknowledged.filter(({ sequence }) => !seen.has(sequence)).length
  return { lost, doubled: received.length - seen.size }
}

const failOver = async () => {
  const topic = "it-fail-over"
  await makeTopic(topic)
  const members = clientNames.map(
    (client) => new Member({ client, role: "producer+consumer", topic, group: `it-${client}`, brokers, reads: client })
  )
  for (const member of members) await member.join()
  for (const member of members) await member.joined()
  for (const member of members) member.rate(500)
  await wait(5_000)
  for (let round = 0; round < rounds + 2; round += 1) {
    const led = await partitionsOf(topic)
    const victim = led.find(({ partitionId }) => partitionId === 0)!.leader
    const hit = led.filter(({ leader }) => leader === victim).map(({ partitionId }) => partitionId)
    const node = nodes.find(({ nodeId }) => nodeId === victim)!
    const killedAt = now()
    await Effect.runPromise(node.kill)
    await wait(15_000)
    const until = now()
    for (const { acknowledged, client, received } of members) {
      add(client, "producer stands still, broker killed", longestGap(acknowledged, hit, killedAt - 100, until))
      add(client, "consumer stands still, broker killed", longestGap(received, hit, killedAt - 100, until))
    }
    await Effect.runPromise(node.start)
    await wholeAgain(topic)
    await wait(3_000)
  }
  for (const member of members) member.rate(0)
  await wait(12_000)
  for (const member of members) {
    const { doubled, lost } = lossOf(member)
    add(member.client, "sends failed (count)", member.failed.length)
    add(member.client, "acknowledged and never read (count)", lost)
    add(member.client, "read twice (count)", doubled)
  }
  await Promise.all(members.map((member) => member.stop()))
}

const idle = async () => {
  const topic = "it-idle"
  await makeTopic(topic)
  const members = clientNames.map(
    (client) =>
      new Member({ client, role: "producer+consumer", topic, group: `it-idle-${client}`, brokers, reads: client })
  )
  for (const member of members) await member.join()
  for (const member of members) await member.joined()
  for (let round = 0; round < rounds * 2 + 1; round += 1) {
    for (const member of members) {
      member.sendOne()
      await wait(500)
    }
    await wait(8_500)
  }
  for (const { client, received } of members) {
    for (const { at, sentAt } of received.slice(1)) add(client, "send to hands after 10 s of idling", at - sentAt)
  }
  await Promise.all(members.map((member) => member.stop()))
}

/** Who had each partition last, before a moment. */
const ownersAt = (members: ReadonlyArray<Member>, moment: number) => {
  const owners = new Map<number, { readonly member: Member; readonly at: number }>()
  for (const member of members) {
    for (const { at, partition } of member.received) {
      if (at < moment && at > (owners.get(partition)?.at ?? 0)) owners.set(partition, { member, at })
    }
  }
  return owners
}

type Groups = ReadonlyMap<ClientName, Array<Member>>

const measure = (groups: Groups, what: string, since: number) => {
  const until = now()
  for (const [client, members] of groups) {
    const before = ownersAt(members, since)
    const after = ownersAt(members, until)
    const stay = partitions.filter((n) => before.get(n) !== undefined && before.get(n)?.member === after.get(n)?.member)
    const move = partitions.filter((n) => !stay.includes(n))
    const all: ReadonlyArray<Stamp> = members.flatMap(({ received }) => received)
    if (stay.length > 0) add(client, `partitions that stay, ${what}`, longestGap(all, stay, since, until))
    if (move.length > 0) add(client, `partitions that move, ${what}`, longestGap(all, move, since, until))
  }
}

const groupChanges = async () => {
  const topic = "it-groups"
  await makeTopic(topic)
  const source = new Member({ client: "millrace", role: "producer", topic, group: "none", brokers, reads: "millrace" })
  await source.join()
  await source.joined()
  const newMember = (client: ClientName) =>
    new Member({ client, role: "consumer", topic, group: `it-group-${client}`, brokers, reads: "millrace" })
  const groups: Groups = new Map(clientNames.map((client) => [client, [1, 2, 3].map(() => newMember(client))]))
  const everyone = () => [...groups.values()].flat()
  for (const member of everyone()) await member.join()
  for (const member of everyone()) await member.joined()
  source.rate(500)
  await wait(15_000)
  const addFourth = async () => {
    const fourths = clientNames.map(newMember)
    await Promise.all(fourths.map((member) => member.started()))
    await wait(1_000)
    const since = now()
    for (const member of fourths) {
      groups.get(member.client)!.push(member)
      await member.join()
    }
    await wait(15_000)
    measure(groups, "one joins", since)
    return fourths
  }
  for (let round = 0; round < rounds; round += 1) {
    const leaving = await addFourth()
    const leftAt = now()
    for (const member of leaving) void member.stop()
    await wait(15_000)
    measure(groups, "one leaves", leftAt)
    const dying = await addFourth()
    const diedAt = now()
    for (const member of dying) void member.kill()
    await wait(22_000)
    measure(groups, "one is killed", diedAt)
  }
  source.rate(0)
  await Promise.all([source, ...everyone()].map((member) => member.kill()))
}

const parts = { failOver, groupChanges, idle }
for (const [name, part] of Object.entries(parts)) {
  if (process.env.PARTS === undefined || process.env.PARTS.split(",").includes(name)) await part()
}
await admin.disconnect()
await Effect.runPromise(Scope.close(scope, Exit.void))
rmSync(folder, { recursive: true, force: true })

const whats = [...new Set([...figures.values()].flatMap((own) => [...own.keys()]))]
console.log(`${"p50 (largest), ms".padEnd(44)}${clientNames.map((name) => name.padStart(18)).join("")}`)
for (const what of whats) {
  const cells = clientNames.map((name) => {
    const own = figures.get(name)?.get(what)
    const { max, p50 } = spread(own ?? [], what.startsWith("send to") ? 1 : 0)
    return (own === undefined ? "-" : `${p50} (${max})`).padStart(18)
  })
  console.log(what.padEnd(44) + cells.join(""))
}
const result: Record<string, Record<string, Spread>> = Object.fromEntries(
  [...figures].map(([name, own]) => [
    name,
    Object.fromEntries([...own].map(([what, list]) => [what, spread(list, 1)] as const))
  ])
)
console.log(JSON.stringify({ benchmark: "kafkaClients", rounds, figures: result }))
