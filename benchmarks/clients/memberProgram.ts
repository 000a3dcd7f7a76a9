// Foreign boundary: one client in a process of its own, which a benchmark can kill; a line for each record on its output.
import { type ClientName, clientNames, openClient, type Send } from "./Client.ts"

// Lines: `up`; `ready`; `a PARTITION SENT ACKNOWLEDGED SEQUENCE`; `f` the same, failed; `r PARTITION SENT RECEIVED SEQUENCE`
// (times in ms). Asked on its input: `join` opens producer and consumer; `rate N` sends N records a second from now on;
// `one` sends a single record; `stop` closes cleanly. Several clients share a topic: a mark tells whose a record is.

const [client, role, topic, group, brokers, reads] = process.argv.slice(2) as [
  ...[client: ClientName, role: string, topic: string, group: string, brokers: string],
  reads: ClientName
]
const partitions = 12
const valueBytes = 300
/** The records of so much time go out in one call: kafkajs makes a request of each call, one after the other. */
const lotMs = 20
const opened = await openClient(client, brokers.split(","), topic)
const say = (line: string) => process.stdout.write(`${line}\n`)
const now = () => performance.timeOrigin + performance.now()

const markOf = (name: ClientName): number => clientNames.indexOf(name)
const readMark = markOf(reads)

let send: Send | undefined
const join = async () => {
  if (role.includes("consumer")) {
    await opened.openConsumer(topic, group, (partition, bytes) => {
      const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      if (value.readUInt8(12) !== readMark) return
      say(`r ${partition} ${value.readDoubleBE(0)} ${now()} ${value.readUInt32BE(8)}`)
    })
  }
  if (role.includes("producer")) send = await opened.openProducer()
  say("ready")
}

let sequence = 0
/** Sends so many records in one call, each to the next partition. */
const sendLot = (count: number) => {
  const sentAt = now()
  const lot = Array.from({ length: count }, () => {
    const value = Buffer.alloc(valueBytes)
    value.writeUInt8(markOf(client), 12)
    value.writeDoubleBE(sentAt, 0)
    value.writeUInt32BE(sequence, 8)
    sequence += 1
    return { partition: (sequence - 1) % partitions, value, sequence: sequence - 1 }
  })
  const tell = (kind: "a" | "f") => {
    const at = now()
    for (const { partition, sequence } of lot) say(`${kind} ${partition} ${sentAt} ${at} ${sequence}`)
  }
  send?.(lot).then(
    () => tell("a"),
    (error: unknown) => {
      process.stderr.write(`${client}: send failed: ${String(error).slice(0, 120)}\n`)
      tell("f")
    }
  )
}

let timer: NodeJS.Timeout | undefined
const setRate = (perSecond: number) => {
  clearInterval(timer)
  if (perSecond === 0) return
  const started = now()
  let done = 0
  timer = setInterval(() => {
    const due = Math.floor(((now() - started) * perSecond) / 1_000) - done
    if (due > 0) sendLot(due)
    done += due
  }, lotMs)
}

process.stdin.setEncoding("utf8")
process.stdin.on("data", (text: string) => {
  for (const line of text.split("\n")) {
    if (line.startsWith("rate ")) setRate(Number(line.slice(5)))
    else if (line === "one") sendLot(1)
    else if (line === "join") void join()
    else if (line === "stop") {
      clearInterval(timer)
      setTimeout(() => process.exit(0), 8_000).unref()
      opened.close().then(
        () => process.exit(0),
        () => process.exit(0)
      )
    }
  }
})
process.stdin.on("end", () => process.exit(0))
say("up")
