import { type Control, covers, type Pause } from "@millrace/contracts"
import type { TableChange } from "./Worker.ts"

/** The controls as a worker knows them. */
export interface ControlsStatus {
  /** False when no heartbeat came for `RUNTIME_CONTROLS_STALE_AFTER`: pauses stay as they were last known. */
  readonly readable: boolean
  /** Time since the last heartbeat, or since the controls were read when none came after. */
  readonly heartbeatAgeMs: number
  /** Pauses of this worker and of all. */
  readonly pauses: ReadonlyArray<Pause>
}

/** What the controls of a worker need. */
export interface ControlsParts {
  readonly worker: string
  readonly staleAfterMs: number
  readonly nowMs: () => number
  /** The pauses of this worker have changed. */
  readonly onPauses: () => void
}

/** The pauses that hold for one worker, and when the controls were last heard of; plain and immediate. */
export class Controls {
  private readonly parts: ControlsParts
  private readonly pauses = new Map<string, Pause>()
  private heardAtMs: number
  private ready = false

  constructor(parts: ControlsParts) {
    this.parts = parts
    this.heardAtMs = parts.nowMs()
  }

  /** A row of the table has changed. */
  readonly change = ({ key, value }: TableChange<Control>): void => {
    if (value?._tag === "ControlsHeartbeat") {
      this.heardAtMs = this.parts.nowMs()
      return
    }
    const { worker, onPauses } = this.parts
    if (value === undefined) {
      if (this.pauses.delete(key)) onPauses()
    } else if (value._tag !== "Pause") return
    else if (value.worker === undefined || value.worker === worker) {
      this.pauses.set(key, value)
      onPauses()
    }
  }

  /** The table was read to its end. */
  readonly read = (): void => {
    this.ready = true
    this.heardAtMs = this.parts.nowMs()
  }

  paused(topic: string, lane: string): boolean {
    const asked = { topic, lane: lane as NonNullable<Pause["lane"]>, worker: this.parts.worker }
    for (const pause of this.pauses.values()) if (covers(pause, asked)) return true
    return false
  }

  status(): ControlsStatus {
    const heartbeatAgeMs = Math.max(0, this.parts.nowMs() - this.heardAtMs)
    return {
      readable: this.ready && heartbeatAgeMs <= this.parts.staleAfterMs,
      heartbeatAgeMs,
      pauses: [...this.pauses.values()]
    }
  }
}
