import type { MarketTick } from "@millrace/contracts"
import type { EvaluatorSettings } from "./EvaluatorSettings.ts"
import type { Outputs } from "./Output.ts"
import type { PartitionState } from "./PartitionState.ts"

/** What every step works on: the partition, its outputs, the wall time and the settings. */
export interface Step {
  readonly state: PartitionState
  readonly out: Outputs
  readonly nowMs: number
  readonly settings: EvaluatorSettings
}

/** A tick with the wall time of its evaluation. */
export interface TickStep extends Step {
  readonly tick: MarketTick
}
