import { Queue, Worker } from "bullmq"
import { makeValidate, orderOf } from "../stage/records.ts"
import { Tally } from "../stage/tally.ts"
import { type Consumed, type ConsumeTask, Stopwatch } from "./Peer.ts"
import { type LatencyTask, latenciesOf, type OpenPipe } from "./Pipe.ts"

export const redisConnection = () => {
  const { hostname, port } = new URL(process.env.REDIS_URL ?? "")
  return { host: hostname, port: Number(port), maxRetriesPerRequest: null }
}

const lot = 1_000

/** BullMQ: jobs added before, then worked off by one worker; a job counts once it is moved to the completed ones. */
export const consume = async (task: ConsumeTask): Promise<Consumed> => {
  const validate = makeValidate()
  const tally = new Tally(task.records, 1)
  const queue = new Queue(task.group, {
    connection: redisConnection(),
    defaultJobOptions: { removeOnComplete: true, attempts: 3 }
  })
  for (let from = 0; from < task.records; from += lot) {
    const count = Math.min(lot, task.records - from)
    await queue.addBulk(Array.from({ length: count }, (_, index) => ({ name: "order", data: orderOf(from + index) })))
  }
  const completed = Promise.withResolvers<void>()
  let done = 0
  const watch = new Stopwatch()
  const worker = new Worker(
    task.group,
    async (job) => {
      tally.note(validate(job.data).n)
    },
    { connection: redisConnection(), concurrency: task.concurrency ?? 1 }
  )
  worker.on("completed", () => {
    done += 1
    if (done === task.records) completed.resolve()
  })
  await completed.promise
  const times = watch.stop()
  await worker.close()
  await queue.obliterate({ force: true })
  await queue.close()
  // Jobs side by side end in any order: BullMQ promises none, so none is asked of it.
  return { ...times, ...tally.count(), outOfOrder: 0 }
}

const openPipe: OpenPipe = async (task, onStart) => {
  const validate = makeValidate()
  const queue = new Queue(task.group, {
    connection: redisConnection(),
    defaultJobOptions: { removeOnComplete: true, attempts: 3 }
  })
  const worker = new Worker(task.group, async (job) => onStart(validate(job.data).n), {
    connection: redisConnection(),
    concurrency: task.topic.concurrency ?? 50
  })
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
  return {
    send: (n) => queue.add("order", orderOf(n)),
    close: async () => {
      await worker.close()
      await queue.obliterate({ force: true })
      await queue.close()
    }
  }
}

export const latency = (task: LatencyTask): Promise<Float64Array> => latenciesOf(openPipe, task)
