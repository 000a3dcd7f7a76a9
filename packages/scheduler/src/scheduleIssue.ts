import { type TopicContract, type TopicsFile, timers, topicContracts } from "@millrace/contracts"
import { occurrenceId, occurrencePayload, type Schedule } from "@millrace/store"
import { Result } from "effect"
import { timerTargets } from "./TimerTargets.ts"

/** What keeps a schedule's occurrences from being delivered, tried with the first of them; undefined: nothing. */
export const scheduleIssue = (
  file: TopicsFile["Service"],
  { owner, payload, scheduleId, target }: Pick<Schedule, "owner" | "payload" | "scheduleId" | "target">
): string | undefined => {
  const contracts = { requests: timers as TopicContract<unknown>, targets: topicContracts }
  const sample = occurrencePayload(payload, { id: occurrenceId(scheduleId, 0), atMs: 0 })
  const record = timerTargets(file, contracts).recordOf(owner, target, sample, {})
  return Result.isFailure(record) ? record.failure : undefined
}
