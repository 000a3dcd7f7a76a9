import { Context, type Effect, Schema } from "effect"
import type { StoreError } from "./IntentLedger.ts"

/** Why a command is listed: it waits, nobody knows what it did, or it ended without effect. */
export const ListedStatus = Schema.Literals(["pending", "unknown", "refused", "failed"])
export type ListedStatus = typeof ListedStatus.Type

/** A command that somebody may have to look after. */
export interface ListedCommand {
  readonly commandId: string
  readonly workspaceId: string
  readonly accountId: string
  readonly ruleId: string
  /** Absent: an entry. */
  readonly positionId: string | undefined
  /** For example `close_position`. */
  readonly action: string
  readonly status: ListedStatus
  /** One word for programs, as in the outcome. */
  readonly reason: string
  /** What it waits for, or why it ended, in words and with the figures. */
  readonly detail: string
  /** What can be done by hand; empty: nothing is left to do. */
  readonly byHand: string
  /** Wall time of the next try, of `pending`. */
  readonly retryAtMs: number | undefined
  /** The command as it was decided, JSON. */
  readonly command: unknown
  /** Wall time since which it stands with this status and reason. */
  readonly sinceMs: number
  readonly updatedAtMs: number
}

export interface CommandFilter {
  readonly status?: ListedStatus
  readonly accountId?: string
  readonly workspaceId?: string
  readonly limit: number
}

/** The commands that wait, are not known, or were refused; what was carried out is not in it. Writer: the executor. */
export class CommandList extends Context.Service<
  CommandList,
  {
    /** Lists a command or renews its entry. Returns whether its status or reason is new; then `sinceMs` starts anew. */
    readonly put: (entry: Omit<ListedCommand, "sinceMs">) => Effect.Effect<boolean, StoreError>
    /** The command was carried out: nobody has to look after it. */
    readonly remove: (commandId: string) => Effect.Effect<void, StoreError>
    readonly find: (commandId: string) => Effect.Effect<ListedCommand | undefined, StoreError>
    /** What has stood longest comes first. */
    readonly list: (filter: CommandFilter) => Effect.Effect<ReadonlyArray<ListedCommand>, StoreError>
    /** How many of a workspace there are of each status. */
    readonly counts: (workspaceId: string) => Effect.Effect<Readonly<Record<ListedStatus, number>>, StoreError>
    /** Forgets refused and failed commands that were listed before this wall time. Returns how many. */
    readonly forget: (beforeMs: number) => Effect.Effect<number, StoreError>
  }
>()("@millrace/store/CommandList") {}
