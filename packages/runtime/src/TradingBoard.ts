import {
  type Control,
  type ControlsHeartbeat,
  type TradingMode,
  type TradingScope,
  type TradingSwitch,
  tradingKey
} from "@millrace/contracts"
import type { TradingVerdict } from "./TradingControls.ts"
import type { TableChange } from "./Worker.ts"

/** What the kill switches of a process need. */
export interface TradingBoardParts {
  readonly staleAfterMs: number
  /**
   * How long after a silence the controls stay unreadable; default 0. A process that was cut off or frozen may have lost its
   * partitions, and hears of that only once its group has answered: until then it must not open anything.
   */
  readonly settleMs?: number
  readonly nowMs: () => number
}

const strictness: Readonly<Record<TradingMode, number>> = { ACTIVE: 0, REDUCE_ONLY: 1, HALTED: 2 }

/**
 * The kill switches and cancellations of one process, plain and immediate.
 *
 * Every worker of the process feeds it from its own table of `controls`; a change that a faster worker brought already is
 * left out, so that one which still reads old records turns nothing back.
 */
export class TradingBoard {
  private readonly parts: TradingBoardParts
  private readonly switches = new Map<string, TradingSwitch>()
  private readonly canceled = new Set<string>()
  private readonly listeners: Array<(scope: TradingScope) => void> = []
  private nextOffset = 0
  private known = false
  private wasReadable = false
  private beat: ControlsHeartbeat | undefined
  private heardAtMs = Number.NEGATIVE_INFINITY
  private trustedFromMs = Number.NEGATIVE_INFINITY

  constructor(parts: TradingBoardParts) {
    this.parts = parts
  }

  /** A row of some worker's table has changed. */
  readonly change = ({ key, value, offset }: Pick<TableChange<Control>, "key" | "value" | "offset">): void => {
    if (offset < this.nextOffset) return
    this.nextOffset = offset + 1
    if (value?._tag === "ControlsHeartbeat") {
      const { nowMs, settleMs = 0, staleAfterMs } = this.parts
      const silentMs = nowMs() - this.heardAtMs
      if (Number.isFinite(silentMs) && silentMs > staleAfterMs) this.trustedFromMs = nowMs() + settleMs
      this.beat = value
      this.heardAtMs = nowMs()
      this.look()
    } else if (key.startsWith("trading/")) this.turn(key, value?._tag === "TradingSwitch" ? value : undefined)
    else if (key.startsWith("cancel/")) this.cancel(key, value?._tag === "CommandCancel")
  }

  /** Some worker has read the controls to their end. */
  readonly read = (): void => {
    if (this.known) return
    this.known = true
    this.wasReadable = this.readable()
    this.tell({})
  }

  /** Tells the listeners when the controls can't be read any more, or can again; to be called several times a second. */
  readonly look = (): void => {
    const readable = this.readable()
    if (readable === this.wasReadable) return
    this.wasReadable = readable
    this.tell({})
  }

  readonly verdict = ({ accountId, ruleId }: TradingScope): TradingVerdict => {
    const readable = this.readable()
    if (!this.known) return { mode: "HALTED", by: undefined, readable }
    let by = this.switches.get(everything)
    if (accountId !== undefined) {
      by = stricter(by, this.switches.get(tradingKey({ accountId })))
      if (ruleId !== undefined) by = stricter(by, this.switches.get(tradingKey({ accountId, ruleId })))
    }
    return { mode: by?.mode ?? "ACTIVE", by, readable }
  }

  /** The last heartbeat, however old it is. */
  readonly heartbeat = (): ControlsHeartbeat | undefined => this.beat

  /** All switches that hold. */
  readonly heldSwitches = (): ReadonlyArray<TradingSwitch> => [...this.switches.values()]

  readonly isCanceled = (commandId: string): boolean => this.canceled.has(commandId)

  readonly onChange = (listener: (scope: TradingScope) => void): void => {
    this.listeners.push(listener)
  }

  /**
   * A heartbeat that was sent long ago is none, however lately it was read: what was decided since may still be on its
   * way. So clocks that differ by more than the limit make the controls unreadable.
   */
  private readable(): boolean {
    const now = this.parts.nowMs()
    const oldest = now - this.parts.staleAfterMs
    if (now < this.trustedFromMs) return false
    return this.known && (this.beat?.atMs ?? Number.NEGATIVE_INFINITY) >= oldest && this.heardAtMs >= oldest
  }

  private turn(key: string, value: TradingSwitch | undefined): void {
    const before = this.switches.get(key)
    if (value === undefined) this.switches.delete(key)
    else this.switches.set(key, value)
    const told = value ?? before
    if (value?.mode !== before?.mode && told !== undefined) this.tell(scopeOf(told))
  }

  private cancel(key: string, canceled: boolean): void {
    const commandId = key.slice("cancel/".length)
    if (canceled) this.canceled.add(commandId)
    else this.canceled.delete(commandId)
  }

  private tell(scope: TradingScope): void {
    if (this.known) for (const listener of this.listeners) listener(scope)
  }
}

const everything = tradingKey({})

/** The stricter of two; the wider one, given first, when they are alike. */
const stricter = (wide: TradingSwitch | undefined, narrow: TradingSwitch | undefined): TradingSwitch | undefined =>
  strictness[narrow?.mode ?? "ACTIVE"] > strictness[wide?.mode ?? "ACTIVE"] ? narrow : wide

const scopeOf = ({ accountId, ruleId }: TradingScope): TradingScope => ({
  ...(accountId === undefined ? {} : { accountId }),
  ...(ruleId === undefined ? {} : { ruleId })
})
