import type { Topic, Topics } from "@millrace/contracts"

/** A queue of the replaced systems, and the topic that took its place. */
export interface WorkQueue {
  readonly name: string
  readonly topic: Topic
  /** Workers that handle its records, as topics.yaml declares them. */
  readonly workers: ReadonlyArray<string>
}

/** The old names, in the order in which they are shown; a further queue is a further line. */
const topicOfQueue: Readonly<Record<string, string>> = {
  webhook: "webhooks",
  notification: "notifications",
  payment: "payments",
  certification: "certification-jobs",
  background: "background-jobs",
  automation: "automation-commands"
}

/** Queue of the clients that know `/api/queue`, and of those that know `/api/admin/workers`. */
export const webhookQueue = "webhook"
export const backgroundQueue = "background"

/** Every queue whose topic this installation declares. */
export const workQueues = (topics: Topics): ReadonlyArray<WorkQueue> =>
  Object.entries(topicOfQueue).flatMap(([name, topicName]) => {
    const topic = topics.topic(topicName)
    if (topic === undefined) return []
    return [{ name, topic, workers: [...new Set(topic.records.flatMap(({ readers }) => readers))] }]
  })

/** 1 to 5 are urgent, as in the old queues, where 1 came first; everything else takes its turn. */
const lastUrgentPriority = 5

/** The lane of a job with the priority that an old client gave it. */
export const laneOfPriority = ({ defaultLane, lanes }: Topic, priority: number | undefined): string => {
  const urgent = priority !== undefined && priority >= 1 && priority <= lastUrgentPriority
  return urgent ? (lanes[0]?.name ?? defaultLane) : defaultLane
}
