import { Queue, Worker } from "bullmq"
import { openLoop } from "../stage/openLoop.ts"
import { type BenchOrder, orderOf } from "../stage/records.ts"
import { redisConnection } from "./bullmq.ts"
import { type LanesFound, LanesTally, type LanesTask } from "./Lanes.ts"

const lot = 2_000
const urgentPriority = 1
const lowPriority = 10

const openQueue = (name: string) =>
  new Queue<BenchOrder>(name, { connection: redisConnection(), defaultJobOptions: { removeOnComplete: true } })

/** Adds jobs of low priority that wait. */
export const fill = async ({ group, waiting }: Pick<LanesTask, "group" | "waiting">): Promise<void> => {
  const queue = openQueue(group)
  for (let from = 0; from < waiting; from += lot) {
    const count = Math.min(lot, waiting - from)
    await queue.addBulk(
      Array.from({ length: count }, (_, index) => ({
        name: "low",
        data: orderOf(from + index),
        opts: { priority: lowPriority }
      }))
    )
  }
  await queue.close()
}

/** Jobs of two priorities in one queue; those of an earlier sample that still wait stay there. */
export const lanes = async (task: LanesTask): Promise<LanesFound> => {
  const tally = new LanesTally(task)
  const queue = openQueue(task.group)
  const worker = new Worker<BenchOrder>(
    task.group,
    async (job) => {
      if (job.name === "urgent") tally.urgentBegan(job.data.n)
      else tally.lowBegan(job.data.n, job.timestamp)
      await new Promise((resolve) => setTimeout(resolve, task.workMs))
    },
    { connection: redisConnection(), concurrency: task.concurrency }
  )
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
  const intended = await openLoop(task.warmUp + task.records, task.ratePerSecond, (n) =>
    queue.add("urgent", orderOf(n), { priority: urgentPriority })
  )
  await tally.done
  const found = tally.found(intended)
  await worker.close()
  await queue.close()
  return found
}
