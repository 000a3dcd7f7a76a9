import { deterministicId } from "@millrace/contracts"

/** Why a record was not handled, as its dead letter tells it. */
export interface FailureReport {
  readonly kind: string
  readonly tag: string
  readonly message: string
  readonly stack: string | undefined
}

const variable = /0x[0-9a-f]+|[0-9a-f]{8,}(?:-[0-9a-f]{4,})*|\d+(?:\.\d+)?/giu
const stackFrames = 5

/** Takes out what differs from record to record: numbers, ids, quoted values. */
export const normalised = (text: string): string =>
  text
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/gu, "…")
    .replace(variable, "#")
    .replace(/\s+/gu, " ")
    .trim()

/** Equal for failures of the same cause: made of the tag, the message without its figures, and the top of the stack. */
export const fingerprint = (failure: FailureReport, schemaId: number | undefined): string => {
  const frames = (failure.stack ?? "").split("\n").slice(1, 1 + stackFrames)
  return deterministicId(
    failure.tag,
    normalised(failure.message),
    frames.map((frame) => normalised(frame)).join("|"),
    schemaId === undefined ? "" : String(schemaId)
  ).slice(0, 16)
}
