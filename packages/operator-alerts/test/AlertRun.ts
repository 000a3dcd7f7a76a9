import {
  AlertGroup,
  type AlertNotice,
  type AlertSilence,
  alertKey,
  OperatorAlert,
  type ToldAlert
} from "@millrace/contracts"
import type { AlertBook } from "@millrace/store"
import { Schema } from "effect"
import {
  type AlertFacts,
  type AlertRule,
  type AlertRules,
  type AlertTiming,
  defaultRules,
  lookAtAlerts
} from "../src/index.ts"
import { facts } from "./reports.ts"

const Book = Schema.Struct({ alerts: Schema.Array(OperatorAlert), groups: Schema.Array(AlertGroup) })
const decodeBook = Schema.decodeUnknownSync(Book)

export const timing: AlertTiming = { groupWaitMs: 5_000, groupIntervalMs: 60_000, repeatMs: 3_600_000 }

/** A rule on unknown orders, whose findings a test names one by one, beside the one on Kafka. */
export const rules = (changes: Partial<AlertRule> = {}): AlertRules =>
  new Map<string, AlertRule>([
    ["kafka-down", { ...defaultRules.get("kafka-down")!, forSeconds: 10, keepSeconds: 15 }],
    ["orders", { ...defaultRules.get("unknown-intent")!, forSeconds: 10, keepSeconds: 4, ...changes } as AlertRule]
  ])

/** What is the case at one moment: orders as `<workspace>/<id>`. */
export interface Moment {
  readonly orders?: ReadonlyArray<string>
  readonly kafkaDown?: boolean
  readonly isKnown?: boolean
}

/** Looks at moments one after the other, as the leader does; the book goes through its stored form between any two. */
export class AlertRun {
  book: AlertBook = { alerts: [], groups: [] }
  nowMs = 1_000_000
  readonly notices: Array<AlertNotice> = []
  silences: ReadonlyArray<AlertSilence> = []
  readonly restarts: boolean
  private readonly given: AlertRules

  constructor(given: AlertRules = rules(), { restarts = true }: { readonly restarts?: boolean } = {}) {
    this.given = given
    this.restarts = restarts
  }

  /** Looks each two seconds for so long. Returns what was told. */
  last(seconds: number, moment: Moment = {}): ReadonlyArray<AlertNotice> {
    const before = this.notices.length
    for (let second = 0; second < seconds; second += 2) this.look(moment)
    return this.notices.slice(before)
  }

  look(moment: Moment): void {
    this.nowMs += 2_000
    const before = this.restarts ? decodeBook(JSON.parse(JSON.stringify(this.book))) : this.book
    const { book, changes } = lookAtAlerts(before, this.factsOf(moment), {
      rules: this.given,
      silences: this.silences,
      timing,
      channels: ["slack"]
    })
    this.book = book
    this.notices.push(...changes.notices)
  }

  silence(matcher: AlertSilence["matcher"], seconds: number): void {
    const silenceId = `s${this.silences.length}`
    const untilMs = this.nowMs + seconds * 1000
    this.silences = [
      ...this.silences,
      { silenceId, matcher, fromMs: this.nowMs, untilMs, actor: "ada", reason: "a test" }
    ]
  }

  private factsOf({ isKnown = true, kafkaDown = false, orders = [] }: Moment): AlertFacts {
    const unknownOrders = orders.map((order) => {
      const [workspaceId, intentId] = order.split("/") as [string, string]
      return { intentId, workspaceId, accountId: "ada", action: "close_position" }
    })
    return facts({
      nowMs: this.nowMs,
      kafkaDown: kafkaDown ? "no broker" : undefined,
      unknownOrders: isKnown ? unknownOrders : undefined
    })
  }
}

/** What a message says, short. */
export const words = ({ firing, kind, resolved, workspaceId }: AlertNotice): string =>
  `${kind} ${workspaceId} +${firing.map(({ subject }) => subject).join()} -${resolved.map(({ subject }) => subject).join()}`

/** Keys of alerts. */
export const keys = (alerts: ReadonlyArray<ToldAlert>): ReadonlyArray<string> => alerts.map(alertKey)
