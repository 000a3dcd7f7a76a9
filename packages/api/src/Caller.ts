import type { Permission, Rights } from "@millrace/contracts/schemas"
import { Context } from "effect"

/** Who makes a request, in which workspace, with which rights there. */
export interface CallerFacts {
  readonly userId: string
  readonly workspaceId: string
  readonly rights: Rights
  readonly permissions: ReadonlyArray<Permission>
  /** What he may do for the whole installation, which rights in one workspace do not bring. */
  readonly installation: ReadonlyArray<Permission>
  /** Whether the rights hold for the whole installation, every workspace included. */
  readonly wholeInstallation: boolean
  /** By what the request was signed in: the hash of a session, or the id of a token. */
  readonly by: { readonly session: string } | { readonly token: string }
}

/** The caller of the request that is handled; handlers name his workspace in every query. */
export class Caller extends Context.Service<Caller, CallerFacts>()("@millrace/api/Caller") {}
