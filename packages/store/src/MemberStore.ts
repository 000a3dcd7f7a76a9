import { type ErrorKind, type Rights, systemWorkspace } from "@millrace/contracts"
import { Context, type Effect, Schema } from "effect"
import type { ChangeRefused } from "./AccountChanges.ts"
import type { StoreError } from "./IntentLedger.ts"

/** A tenant: everything that one group of people sees and steers. */
export interface Workspace {
  readonly workspaceId: string
  readonly name: string
}

/** A person who may sign in. */
export interface User {
  readonly userId: string
  /** Lower case; one user for each address. */
  readonly email: string
  readonly name: string
}

export interface Membership {
  readonly workspaceId: string
  readonly rights: Rights
}

/** A user as a member of one workspace. */
export interface Member extends User {
  readonly rights: Rights
  /** Absent until a one-time link was followed. */
  readonly hasPassword: boolean
}

/** A user with all that a sign-in needs. */
export interface KnownUser extends User {
  /** As `hashPassword` wrote it; undefined until one was chosen. */
  readonly password: string | undefined
  readonly memberships: ReadonlyArray<Membership>
}

export interface MemberFilter {
  /** Part of the name or e-mail address. */
  readonly search?: string
  /** The e-mail address after which the page begins. */
  readonly after?: string
  readonly limit: number
}

/** The installation has users already: a link for the first administrator is of no use any more. */
export class AlreadySetUp extends Schema.TaggedError<AlreadySetUp>()("AlreadySetUp", {}) {
  readonly kind: ErrorKind = "business"
  override get message() {
    return "There is an administrator already. Sign in, or ask an administrator for a link."
  }
}

/**
 * Workspaces and who may do what in them. A membership of the workspace `system` holds for the whole installation, every
 * workspace included. Each change is one transaction with the entry that tells the audit log of it.
 */
export class MemberStore extends Context.Service<
  MemberStore,
  {
    /** All workspaces, by id. */
    readonly workspaces: Effect.Effect<ReadonlyArray<Workspace>, StoreError>
    /** Fails with `ChangeRefused` when the id is taken. */
    readonly createWorkspace: (workspace: Workspace, actor: string) => Effect.Effect<void, StoreError | ChangeRefused>
    /** Fails with `ChangeRefused` when there is none. */
    readonly renameWorkspace: (workspace: Workspace, actor: string) => Effect.Effect<void, StoreError | ChangeRefused>
    /** Whether somebody may sign in, or was invited. */
    readonly hasUsers: Effect.Effect<boolean, StoreError>
    /** Stores the first user as administrator of the whole installation; one of several at once is it. */
    readonly createFirstAdmin: (
      user: User & { readonly password: string }
    ) => Effect.Effect<void, StoreError | AlreadySetUp>
    readonly user: (userId: string) => Effect.Effect<KnownUser | undefined, StoreError>
    readonly userByEmail: (email: string) => Effect.Effect<KnownUser | undefined, StoreError>
    /** Members by e-mail address. */
    readonly members: (workspaceId: string, filter: MemberFilter) => Effect.Effect<ReadonlyArray<Member>, StoreError>
    readonly countMembers: (workspaceId: string, search?: string) => Effect.Effect<number, StoreError>
    /**
     * Adds a member; one with this e-mail address who is known already keeps id, name and password. Fails with
     * `ChangeRefused` when he is a member.
     */
    readonly addMember: (
      workspaceId: string,
      user: User & { readonly rights: Rights },
      actor: string
    ) => Effect.Effect<Member, StoreError | ChangeRefused>
    /** Fails with `ChangeRefused` when he is no member, or the installation would be left without an administrator. */
    readonly changeMember: (
      workspaceId: string,
      userId: string,
      rights: Rights,
      actor: string
    ) => Effect.Effect<Member, StoreError | ChangeRefused>
    /** Ends the membership, and the tokens and sessions in it. Fails as `changeMember`. */
    readonly removeMember: (
      workspaceId: string,
      userId: string,
      actor: string
    ) => Effect.Effect<void, StoreError | ChangeRefused>
    /** Stores what `hashPassword` gave, and ends every session and link of the user but the one named. */
    readonly setPassword: (
      userId: string,
      password: string,
      keepSession?: string
    ) => Effect.Effect<void, StoreError | ChangeRefused>
  }
>()("@millrace/store/MemberStore") {}

/** The rights of the first administrator: everything, in every workspace. */
export const firstRights: Rights = { role: "admin", granted: ["replay", "trading"] }

/** Whether a change of a membership takes the installation's administration from somebody. */
export const endsAdministration = (workspaceId: string, rights: Rights | undefined): boolean =>
  workspaceId === systemWorkspace && rights?.role !== "admin"

/** What the audit log says of a member. */
export const memberFigures = ({ userId, email, rights }: Omit<Member, "name" | "hasPassword">) => ({
  userId,
  email,
  role: rights.role,
  granted: rights.granted.join(", ")
})
