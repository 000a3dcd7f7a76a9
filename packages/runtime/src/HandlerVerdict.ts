import { Cause, Exit } from "effect"
import type { FailureReport } from "./ErrorFingerprint.ts"
import type { HandlerFailure, Outcome } from "./Worker.ts"

/** What a handler's end means for its record. */
export type HandlerVerdict =
  | { readonly _tag: "Handled"; readonly outcome: Outcome }
  /** A rule refused; the handler recorded it. */
  | { readonly _tag: "Refused"; readonly failure: FailureReport }
  /** One call failed: the next attempt of the schedule, or after `retryAfterMs`. */
  | { readonly _tag: "TryAgain"; readonly failure: FailureReport; readonly retryAfterMs: number | undefined }
  /** A dependency is down: again later, without using up an attempt. */
  | {
      readonly _tag: "Hold"
      readonly failure: FailureReport
      readonly retryAfterMs: number | undefined
      /** Nothing of the lane can be handled meanwhile: it waits as a whole. */
      readonly wholeLane: boolean
    }
  | { readonly _tag: "SetAside"; readonly failure: FailureReport }
  /** Stopped from outside: the record is as if it had not been taken. */
  | { readonly _tag: "Interrupted" }

/** What a failure means for its record. */
export type FailureVerdict = Exclude<HandlerVerdict, { readonly _tag: "Handled" }>

/** Judges a handler's end by the kind of its failure; a defect is set aside with its stack. */
export const judge = (exit: Exit.Exit<Outcome, HandlerFailure>): HandlerVerdict =>
  Exit.isSuccess(exit) ? { _tag: "Handled", outcome: exit.value } : judgeCause(exit.cause)

/** Judges why something failed: an expected failure before a defect, a defect before an interruption. */
export const judgeCause = (cause: Cause.Cause<HandlerFailure>): FailureVerdict => {
  for (const reason of cause.reasons) {
    if (reason._tag === "Fail") return judgeFailure(reason.error)
  }
  for (const reason of cause.reasons) {
    if (reason._tag === "Die") return { _tag: "SetAside", failure: reportDefect(reason.defect) }
  }
  return { _tag: "Interrupted" }
}

/** Judges an expected failure by its kind. */
export const judgeFailure = (error: HandlerFailure): FailureVerdict => {
  const failure = reportFailure(error)
  switch (error.kind) {
    case "temporary":
      return { _tag: "TryAgain", failure, retryAfterMs: error.retryAfterMs }
    case "system":
      return { _tag: "Hold", failure, retryAfterMs: error.retryAfterMs, wholeLane: error.holds === "lane" }
    case "business":
      return { _tag: "Refused", failure }
    case "permanent":
      return { _tag: "SetAside", failure }
  }
}

/** The report of an expected failure. */
export const reportFailure = (error: HandlerFailure): FailureReport => ({
  kind: error.kind,
  tag: error._tag,
  message: error.message === "" ? detailOf(error) : error.message,
  stack: error instanceof Error ? error.stack : undefined
})

/** What an error without a message says of itself. */
const detailOf = (error: HandlerFailure): string => {
  for (const name of ["issue", "detail"]) {
    const detail: unknown = Reflect.get(error, name)
    if (typeof detail === "string") return detail
  }
  return error._tag
}

/** The report of a bug in a handler. */
export const reportDefect = (defect: unknown): FailureReport =>
  defect instanceof Error
    ? { kind: "defect", tag: defect.name, message: defect.message, stack: defect.stack }
    : { kind: "defect", tag: "Defect", message: String(defect), stack: Cause.pretty(Cause.die(defect)) }
