import { Context, type Effect } from "effect"
import type { StoreError } from "./IntentLedger.ts"

/** A browser's session. The browser has its secret, the store only a hash. */
export interface Session {
  readonly userId: string
  /** The workspace that its requests are about unless they name another. */
  readonly workspaceId: string
  readonly expiresAtMs: number
}

/** What a one-time link is good for: to become the first administrator, or to choose a password. */
export type LinkKind = "first_admin" | "password"

export interface OneTimeLink {
  readonly kind: LinkKind
  /** Whose password; undefined for the first administrator. */
  readonly userId: string | undefined
  readonly expiresAtMs: number
}

/** Who issues a link, for the audit log of which workspace. */
export interface IssuedBy {
  readonly actor: string
  readonly workspaceId: string
}

/** How often something may be tried within a time. */
export interface AttemptLimit {
  readonly attempts: number
  readonly withinMs: number
}

/**
 * What stands between a browser and a user: sessions, one-time links, and how often somebody tried. Secrets are kept as
 * hashes (`hashSecret`). Times are the caller's clock, in milliseconds since the epoch.
 */
export class SignInStore extends Context.Service<
  SignInStore,
  {
    /** Opens a session, and tells the audit log who signed in. */
    readonly open: (hash: string, session: Session) => Effect.Effect<void, StoreError>
    /** The session unless it has ended by then. */
    readonly session: (hash: string, nowMs: number) => Effect.Effect<Session | undefined, StoreError>
    readonly selectWorkspace: (hash: string, workspaceId: string) => Effect.Effect<void, StoreError>
    readonly close: (hash: string) => Effect.Effect<void, StoreError>
    readonly issueLink: (hash: string, link: OneTimeLink, by: IssuedBy) => Effect.Effect<void, StoreError>
    /** The link unless it has ended or was used; of several at once one gets it. */
    readonly useLink: (hash: string, nowMs: number) => Effect.Effect<OneTimeLink | undefined, StoreError>
    /**
     * Counts an attempt before it is made, so that several at once can't exceed the limit. Returns 0 when it may be made, else
     * how long to wait, in milliseconds.
     */
    readonly attempt: (key: string, limit: AttemptLimit, nowMs: number) => Effect.Effect<number, StoreError>
    /** An attempt went well: its count begins anew. */
    readonly forgetAttempts: (key: string) => Effect.Effect<void, StoreError>
    /** Deletes sessions, links and counts that have ended by then. */
    readonly prune: (nowMs: number) => Effect.Effect<void, StoreError>
  }
>()("@millrace/store/SignInStore") {}
