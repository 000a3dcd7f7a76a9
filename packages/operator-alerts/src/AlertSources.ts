import type { ReportedInstance } from "@millrace/runtime"
import type { UnguardedAccount } from "./AlertFacts.ts"

/** What the process that hosts the alerts sees by itself; plain and immediate. */
export interface AlertSources {
  /** The processes as they report themselves; none: they are not known yet. */
  readonly instances: () => ReadonlyArray<ReportedInstance>
  /** When the last tick came, or since when none has come. */
  readonly lastTickAtMs: () => number
  readonly unguarded: (nowMs: number) => ReadonlyArray<UnguardedAccount>
}
