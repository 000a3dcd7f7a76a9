import { Schema } from "effect"

/** What a member of a workspace may do, each including what stands before it. */
export const Role = Schema.Literals(["viewer", "operator", "admin"])
export type Role = typeof Role.Type

/** What no role brings by itself: it is granted to a member by name. */
export const GrantedPermission = Schema.Literals(["replay", "trading"])
export type GrantedPermission = typeof GrantedPermission.Type

/**
 * What an action needs.
 *
 * - `read`: see what belongs to the workspace.
 * - `operate`: pause and resume, clean queues, silence alerts.
 * - `administer`: members, tokens of others, the workspace itself.
 * - `replay`: send dead letters again, edit or delete them.
 * - `trading`: accounts, rules, kill switches, commands: everything that decides what is traded.
 */
export const Permission = Schema.Literals(["read", "operate", "administer", "replay", "trading"])
export type Permission = typeof Permission.Type

/** The rights of a member, or of a token. */
export const Rights = Schema.Struct({ role: Role, granted: Schema.Array(GrantedPermission) })
export type Rights = typeof Rights.Type

const ofRole: Readonly<Record<Role, ReadonlyArray<Permission>>> = {
  viewer: ["read"],
  operator: ["read", "operate"],
  admin: ["read", "operate", "administer"]
}

/** Everything that these rights allow. */
export const permissionsOf = ({ role, granted }: Rights): ReadonlyArray<Permission> => [...ofRole[role], ...granted]

const rank = (role: Role): number => Role.literals.indexOf(role)

/** What both allow: the rights of a token are never wider than those of its owner. */
export const commonRights = (one: Rights, other: Rights): Rights => ({
  role: rank(one.role) <= rank(other.role) ? one.role : other.role,
  granted: one.granted.filter((permission) => other.granted.includes(permission))
})

/** Whether `inner` allows nothing that `outer` does not. */
export const withinRights = (inner: Rights, outer: Rights): boolean =>
  rank(inner.role) <= rank(outer.role) && inner.granted.every((permission) => outer.granted.includes(permission))
