import { Effect, Layer } from "effect"
import { type StoredTriageJob, silentAfterMs, TriageJobStore, triageJobAt } from "./TriageJobStore.ts"

interface MemoryJob extends StoredTriageJob {
  readonly stopAsked: boolean
}

/** Jobs on dead letters in memory; the audit log is told nothing. */
export const layerMemoryTriageJobStore = Layer.sync(TriageJobStore, () => {
  const jobs = new Map<string, MemoryJob>()
  const running = (jobId: string): MemoryJob | undefined => {
    const job = jobs.get(jobId)
    return job?.state === "running" ? job : undefined
  }
  const change = (job: MemoryJob, changed: Partial<MemoryJob>): void => {
    jobs.set(job.jobId, { ...job, ...changed })
  }
  const shown = ({ stopAsked: _, ...job }: MemoryJob, nowMs: number) => triageJobAt(job, nowMs)
  return TriageJobStore.of({
    begin: (job, nowMs) =>
      Effect.sync(() => {
        const isHeard = (one: MemoryJob) => one.state === "running" && one.heardAtMs >= nowMs - silentAfterMs
        if ([...jobs.values()].some((one) => one.topic === job.topic && isHeard(one))) return false
        const begun = { state: "running", done: 0, report: undefined, reason: undefined, endedAtMs: undefined } as const
        jobs.set(job.jobId, { ...job, ...begun, startedAtMs: nowMs, heardAtMs: nowMs, stopAsked: false })
        return true
      }),
    progress: (jobId, done, heardAtMs) =>
      Effect.sync(() => {
        const job = running(jobId)
        if (job !== undefined) change(job, { done, heardAtMs })
        return job?.stopAsked !== true
      }),
    end: (jobId, { done, reason, report, state }, nowMs) =>
      Effect.sync(() => {
        const job = running(jobId)
        if (job !== undefined) change(job, { state, done, reason, report, heardAtMs: nowMs, endedAtMs: nowMs })
      }),
    stop: (workspaceId, jobId) =>
      Effect.sync(() => {
        const job = running(jobId)
        if (job?.workspaceId !== workspaceId) return false
        change(job, { stopAsked: true })
        return true
      }),
    job: (workspaceId, jobId, nowMs) =>
      Effect.sync(() => {
        const job = jobs.get(jobId)
        return job?.workspaceId === workspaceId ? shown(job, nowMs) : undefined
      }),
    list: (workspaceId, limit, nowMs) =>
      Effect.sync(() =>
        [...jobs.values()]
          .filter((job) => job.workspaceId === workspaceId)
          .toSorted((one, other) => other.startedAtMs - one.startedAtMs || (one.jobId < other.jobId ? -1 : 1))
          .slice(0, limit)
          .map((job) => shown(job, nowMs))
      ),
    prune: (beforeMs) =>
      Effect.sync(() => {
        const old = [...jobs.values()].filter(({ startedAtMs }) => startedAtMs < beforeMs)
        for (const { jobId } of old) jobs.delete(jobId)
        return old.length
      })
  })
})
