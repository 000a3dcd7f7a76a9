import type { CallerFacts, GivenSelection } from "@millrace/api"
import type { DeadLetterGroup, DeadLetterSelection } from "@millrace/runtime"
import type { AuditDetails } from "@millrace/store"
import { inWorkspace } from "./workspaceScope.ts"

type Chosen = Omit<GivenSelection, "all" | "letterIds">

/** The letters that a query or payload means, of the caller's workspace only. */
export const selectionOf = (
  caller: CallerFacts,
  given: Chosen & Pick<GivenSelection, "letterIds">
): DeadLetterSelection => ({
  ...(given.letterIds === undefined ? {} : { ids: new Set(given.letterIds) }),
  ...(given.fingerprint === undefined ? {} : { fingerprint: given.fingerprint }),
  ...(given.key === undefined ? {} : { key: given.key }),
  ...(given.sinceMs === undefined ? {} : { sinceMs: given.sinceMs }),
  ...(given.untilMs === undefined ? {} : { untilMs: given.untilMs }),
  ...inWorkspace(caller)
})

/** The same in plain fields, as jobs and the audit log keep it. */
export const selectionFigures = (given: GivenSelection): AuditDetails => {
  const { letterIds, ...plain } = given
  return {
    ...Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)),
    ...(letterIds === undefined ? {} : { letterIds: letterIds.slice(0, 20).join(" "), letters: letterIds.length })
  }
}

/** How many letters of a selection wait. `expected`: how many of them the job is to work on. */
export const waitingFigures = (
  groups: ReadonlyArray<DeadLetterGroup>,
  kind: "replay" | "purge",
  byId: boolean
): AuditDetails => {
  const open = groups.reduce((sum, { counts }) => sum + counts.open, 0)
  const quarantined = groups.reduce((sum, { counts }) => sum + counts.quarantined, 0)
  return { open, quarantined, expected: kind === "replay" && !byId ? open : open + quarantined }
}
