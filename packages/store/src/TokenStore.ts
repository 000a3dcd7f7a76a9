import type { Rights } from "@millrace/contracts"
import { Context, type Effect } from "effect"
import type { StoreError } from "./IntentLedger.ts"

/** A token of the API: it acts for its owner in one workspace, with no more than these rights. Its secret is nowhere. */
export interface ApiToken {
  readonly tokenId: string
  readonly workspaceId: string
  readonly userId: string
  readonly name: string
  readonly rights: Rights
  readonly createdAtMs: number
  /** Undefined: it does not end. */
  readonly expiresAtMs: number | undefined
  /** To the minute. */
  readonly lastUsedAtMs: number | undefined
}

/** Tokens, kept as hashes (`hashSecret`). Each change is one transaction with the entry that tells the audit log of it. */
export class TokenStore extends Context.Service<
  TokenStore,
  {
    readonly create: (hash: string, token: ApiToken, actor: string) => Effect.Effect<void, StoreError>
    /** The token unless it has ended by then; notes that it was used. */
    readonly use: (hash: string, nowMs: number) => Effect.Effect<ApiToken | undefined, StoreError>
    /** Tokens of a workspace, or of one user in it, by name. */
    readonly list: (workspaceId: string, userId?: string) => Effect.Effect<ReadonlyArray<ApiToken>, StoreError>
    /** Ends a token of this workspace (and user); returns whether there was one. */
    readonly remove: (
      token: { readonly workspaceId: string; readonly tokenId: string; readonly userId?: string },
      actor: string
    ) => Effect.Effect<boolean, StoreError>
  }
>()("@millrace/store/TokenStore") {}

/** A token's use is noted at most this often. */
export const noteUseEveryMs = 60_000

/** What the audit log says of a token. */
export const tokenFigures = ({ tokenId, userId, name, rights, expiresAtMs }: ApiToken) => ({
  tokenId,
  userId,
  name,
  role: rights.role,
  granted: rights.granted.join(", "),
  ...(expiresAtMs === undefined ? {} : { expiresAtMs })
})
