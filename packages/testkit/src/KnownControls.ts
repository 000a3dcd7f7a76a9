import type { Account, AccountState, Control, Rule, TradingMode } from "@millrace/contracts"
import type { HistoryEvent, Place } from "./History.ts"

/** A value and since when it holds, in milliseconds since the world began. */
export interface Since<A> {
  readonly value: A
  readonly sinceMs: number
}

/** What is said of a rule of an account: by the broker's records, or by those that one process has read. */
export interface KnownControls {
  /** The switches that cover the rule, each with the time since when it holds. */
  readonly switchesOf: (accountId: string, ruleId: string) => ReadonlyArray<Since<TradingMode>>
  readonly cancelOf: (commandId: string) => Since<true> | undefined
  readonly accountOf: (accountId: string) => Since<Account> | undefined
  readonly ruleOf: (accountId: string, ruleId: string) => Since<Rule> | undefined
}

/** A control, account or rule in the log; `undefined`: a tombstone. */
interface Row extends Place {
  readonly key: string
  readonly value: Control | AccountState | undefined
}

class Rows implements KnownControls {
  private readonly rows = new Map<string, Since<NonNullable<Row["value"]>>>()

  /** A row of an older version than the known one, or the same value again, changes nothing. */
  take({ key, value }: Row, sinceMs: number): void {
    const before = this.rows.get(key)?.value
    if (value === undefined) this.rows.delete(key)
    else if (before === undefined || isNews(before, value)) this.rows.set(key, { value, sinceMs })
  }

  switchesOf(accountId: string, ruleId: string): ReadonlyArray<Since<TradingMode>> {
    return ["*/*", `${accountId}/*`, `${accountId}/${ruleId}`].flatMap((scope) => {
      const found = this.rows.get(`trading/${scope}`)
      return found?.value._tag === "TradingSwitch" ? [{ value: found.value.mode, sinceMs: found.sinceMs }] : []
    })
  }

  cancelOf(commandId: string): Since<true> | undefined {
    const found = this.rows.get(`cancel/${commandId}`)
    return found === undefined ? undefined : { value: true, sinceMs: found.sinceMs }
  }

  accountOf(accountId: string): Since<Account> | undefined {
    return this.rows.get(`account/${accountId}/${accountId}`) as Since<Account> | undefined
  }

  ruleOf(accountId: string, ruleId: string): Since<Rule> | undefined {
    return this.rows.get(`rule/${accountId}/${ruleId}`) as Since<Rule> | undefined
  }
}

const isNews = (before: NonNullable<Row["value"]>, value: NonNullable<Row["value"]>): boolean => {
  if (before._tag === "TradingSwitch" && value._tag === "TradingSwitch") return before.mode !== value.mode
  if ("version" in before && "version" in value) return before.version < value.version
  return before._tag !== "CommandCancel"
}

/** Topics whose records this follows. */
export const controlTopics: ReadonlyArray<string> = ["controls", "account-state"]

/**
 * Follows a history: what the broker has of switches, cancellations, accounts and rules, and what each process has read of
 * it. A process that was started anew knows nothing at first.
 */
export class ControlsByProcess {
  readonly broker: KnownControls
  private readonly atBroker = new Rows()
  private readonly logs = new Map<string, Array<Row>>()
  private readonly readers = new Map<string, { readonly rows: Rows; readonly next: Map<string, number> }>()

  constructor() {
    this.broker = this.atBroker
  }

  note(event: HistoryEvent): void {
    if (event.type === "read") this.read(event)
    if (event.type !== "appended" || !controlTopics.includes(event.topic)) return
    const { key, offset, partition, topic } = event
    if (key === "heartbeat" || key.startsWith("position/")) return
    const value = event.value === "" ? undefined : (JSON.parse(event.value) as Control | AccountState)
    const row = { topic, partition, offset, key, value }
    this.atBroker.take(row, event.at)
    const log = this.logs.get(`${topic}/${partition}`) ?? []
    this.logs.set(`${topic}/${partition}`, [...log, row])
  }

  /** What a process has read. */
  of(process: string): KnownControls {
    return this.readers.get(process)?.rows ?? nothingRead
  }

  private read(event: Extract<HistoryEvent, { readonly type: "read" }>): void {
    const reader = this.readers.get(event.process) ?? { rows: new Rows(), next: new Map<string, number>() }
    this.readers.set(event.process, reader)
    const log = `${event.topic}/${event.partition}`
    const next = reader.next.get(log) ?? 0
    for (const row of this.logs.get(log) ?? [])
      if (row.offset >= next && row.offset <= event.offset) reader.rows.take(row, event.at)
    reader.next.set(log, Math.max(next, event.offset + 1))
  }
}

const nothingRead: KnownControls = new Rows()
