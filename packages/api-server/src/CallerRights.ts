import type { CallerFacts } from "@millrace/api"
import { commonRights, permissionsOf, type Rights, Role, systemWorkspace } from "@millrace/contracts"
import type { ApiToken, KnownUser } from "@millrace/store"

const rankOf = (role: Role): number => Role.literals.indexOf(role)

/** What either allows: a member of the installation and of the workspace has both. */
const eitherRights = (one: Rights, other: Rights): Rights => ({
  role: rankOf(one.role) >= rankOf(other.role) ? one.role : other.role,
  granted: [...new Set([...one.granted, ...other.granted])]
})

const membershipIn = (user: KnownUser, workspaceId: string): Rights | undefined =>
  user.memberships.find((one) => one.workspaceId === workspaceId)?.rights

/** A user's rights in a workspace, those for the whole installation included; undefined where he has none. */
export const rightsIn = (user: KnownUser, workspaceId: string): Rights | undefined => {
  const here = membershipIn(user, workspaceId)
  const everywhere = membershipIn(user, systemWorkspace)
  return here === undefined ? everywhere : everywhere === undefined ? here : eitherRights(here, everywhere)
}

type Facts = Omit<CallerFacts, "by">

/** A user who is signed in himself, in this workspace; undefined where he has no rights. */
export const callerOf = (user: KnownUser, workspaceId: string): Facts | undefined => {
  const rights = rightsIn(user, workspaceId)
  if (rights === undefined) return undefined
  const everywhere = membershipIn(user, systemWorkspace)
  return factsOf(user, workspaceId, rights, everywhere)
}

const factsOf = (user: KnownUser, workspaceId: string, rights: Rights, everywhere: Rights | undefined): Facts => ({
  userId: user.userId,
  workspaceId,
  rights,
  permissions: permissionsOf(rights),
  installation: everywhere === undefined ? [] : permissionsOf(everywhere),
  wholeInstallation: everywhere !== undefined
})

/** A token of this user in this workspace: no more than it and its owner may; undefined where that is nothing. */
export const tokenCallerOf = (user: KnownUser, token: ApiToken, workspaceId: string): Facts | undefined => {
  const wholeInstallation = token.workspaceId === systemWorkspace
  if (!wholeInstallation && token.workspaceId !== workspaceId) return undefined
  const owner = wholeInstallation ? membershipIn(user, systemWorkspace) : rightsIn(user, workspaceId)
  if (owner === undefined) return undefined
  const rights = commonRights(owner, token.rights)
  return factsOf(user, workspaceId, rights, wholeInstallation ? rights : undefined)
}
