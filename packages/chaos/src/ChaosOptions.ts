import type { FaultName } from "./FaultKind.ts"

/** One run of the suite. */
export interface ChaosOptions {
  readonly seed: number
  /** Time under load and faults; start and end come on top. */
  readonly seconds: number
  /** Brokers of the cluster: 1 or 3. */
  readonly brokers: number
  readonly workers: number
  readonly recordsPerSecond: number
  readonly kinds: ReadonlyArray<FaultName>
  /** Keep logs and journals after a good end, too. */
  readonly keep: boolean
  /** Folder of everything that the run leaves while it runs; removed at a good end. */
  readonly folder: string
}
