import { memoryUsage } from "node:process"
import { getHeapStatistics } from "node:v8"

/** What this process holds and has used. */
export interface ProcessUsage {
  readonly pid: number
  /** Memory that the operating system has given it. */
  readonly residentBytes: number
  readonly heapUsedBytes: number
  /** The heap can't grow beyond it. */
  readonly heapLimitBytes: number
  /** Processor time since its start, of all its threads. */
  readonly cpuSeconds: number
}

export const processUsage = (): ProcessUsage => {
  const { heapUsed, rss } = memoryUsage()
  const { system, user } = process.cpuUsage()
  return {
    pid: process.pid,
    residentBytes: rss,
    heapUsedBytes: heapUsed,
    heapLimitBytes: getHeapStatistics().heap_size_limit,
    cpuSeconds: (system + user) / 1e6
  }
}
