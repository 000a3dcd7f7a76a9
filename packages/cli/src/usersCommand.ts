import { systemWorkspace } from "@millrace/contracts"
import { firstAdminSecret, type Member, MemberStore, newId, passwordSecret } from "@millrace/store"
import { Effect, type Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { operator } from "./accountParts.ts"
import { explained, misused, refused } from "./CommandFailed.ts"
import {
  askedWorkspaces,
  grantFlag,
  knownUser,
  knownWorkspace,
  linkFlags,
  linkPlace,
  type MemberStores,
  ofWorkspace,
  rightsText,
  roleFlag,
  userArgument,
  workspaceFlag
} from "./memberParts.ts"
import { asJson, printed } from "./printed.ts"

type Failure = { readonly message: string }

const isEmail = (text: string): boolean => /^[^\s@<>"\p{Cc}]{1,64}@[^\s@<>"\p{Cc}]{1,189}$/u.test(text)

const memberLine = (workspaceId: string, { email, hasPassword, name, rights, userId }: Member): string =>
  [
    workspaceId,
    email,
    rightsText(rights),
    userId,
    name,
    ...(hasPassword ? [] : ["has not followed the link yet"])
  ].join("  ")

/** As programs read them: without anything to sign in with. */
const memberJson = (workspaceId: string, { rights, ...member }: Member) => ({ workspaceId, ...member, ...rights })

const linkLines = (url: string, expiresAtMs: number): ReadonlyArray<string> => [
  `one-time link, until ${new Date(expiresAtMs).toISOString()}: ${url}`,
  "Whoever opens it first chooses the password: send it by a way that only the member reads."
]

const pageSize = 500

/** All members of a workspace, page by page. */
const allMembers = Effect.fnUntraced(function* (workspaceId: string) {
  const members = yield* MemberStore
  const found: Array<Member> = []
  let page: ReadonlyArray<Member> = []
  do {
    const after = page.at(-1)?.email
    page = yield* members.members(workspaceId, { limit: pageSize, ...(after === undefined ? {} : { after }) })
    found.push(...page)
  } while (page.length === pageSize)
  return found
})

/** A member by id or e-mail address. */
const memberOf = Effect.fnUntraced(function* (named: string, workspaceId: string) {
  yield* knownWorkspace(workspaceId)
  const user = yield* knownUser(named)
  const rights = user.memberships.find((one) => one.workspaceId === workspaceId)?.rights
  if (rights !== undefined) return { userId: user.userId, rights }
  const others = user.memberships.map((one) => one.workspaceId).join(", ") || "none"
  return yield* refused(`${user.email} is no member of ${workspaceId}; of ${others}.`)
})

/** `millrace users …`: who may sign in, and with which rights. Whoever holds the database may; every change is audited. */
export const usersCommand = <E extends Failure>(stores: Layer.Layer<MemberStores, E>) => {
  const run = <A, E1 extends Failure, R>(command: Effect.Effect<A, E1, R>) => explained(Effect.provide(command, stores))

  const list = Command.make(
    "list",
    { workspace: ofWorkspace, json: asJson },
    Effect.fnUntraced(function* ({ json, workspace }) {
      const places = yield* askedWorkspaces(workspace)
      const found = yield* Effect.forEach(places, ({ workspaceId }) =>
        Effect.map(allMembers(workspaceId), (all) => all.map((member) => ({ workspaceId, member })))
      )
      const all = found.flat()
      const lines = all.map(({ member, workspaceId }) => memberLine(workspaceId, member))
      const none = "Nobody may sign in there. `millrace users first-admin` makes a link for the first administrator."
      yield* printed(
        json,
        all.map(({ member, workspaceId }) => memberJson(workspaceId, member)),
        lines.length === 0 ? [none] : lines
      )
    }, run)
  ).pipe(Command.withDescription("List members with their rights, of all workspaces or of one"))

  const invite = Command.make(
    "invite",
    {
      email: Argument.String("email").pipe(Argument.withDescription("E-mail address of the new member")),
      workspace: workspaceFlag,
      role: roleFlag,
      grant: grantFlag,
      name: Flag.String("name").pipe(Flag.withDescription("Name that people read"), Flag.optional),
      ...linkFlags,
      json: asJson
    },
    Effect.fnUntraced(function* ({ email, grant, json, name, role, workspace: workspaceId, ...link }) {
      if (!isEmail(email)) return yield* misused(`Found ${email}, expected an e-mail address.`)
      const place = yield* linkPlace(link)
      yield* knownWorkspace(workspaceId)
      const actor = yield* operator
      const rights = { role, granted: [...new Set(grant)] }
      const user = {
        userId: newId("user"),
        email: email.toLowerCase(),
        name: Option.getOrElse(name, () => email),
        rights
      }
      const member = yield* MemberStore.use((members) => members.addMember(workspaceId, user, actor))
      const added = [`added: ${memberLine(workspaceId, member)}`]
      if (member.hasPassword) return yield* printed(json, { member: memberJson(workspaceId, member) }, added)
      const issued = yield* passwordSecret(member.userId, place.lifetimeMs, { actor, workspaceId })
      const url = place.passwordUrl(issued.secret)
      const { expiresAtMs } = issued
      yield* printed(json, { member: memberJson(workspaceId, member), link: { url, expiresAtMs } }, [
        ...added,
        ...linkLines(url, expiresAtMs)
      ])
    }, run)
  ).pipe(Command.withDescription("Add a member; who has no password yet gets a one-time link to choose one"))

  const role = Command.make(
    "role",
    {
      user: userArgument,
      role: Argument.Literals("role", ["viewer", "operator", "admin"]).pipe(Argument.withDescription("The new role")),
      workspace: workspaceFlag,
      grant: grantFlag,
      ungrant: Flag.Boolean("no-grants").pipe(
        Flag.withDescription("Take what was granted by name; without it, and without --grant, that stays"),
        Flag.withDefault(false)
      ),
      json: asJson
    },
    Effect.fnUntraced(function* ({ grant, json, role, ungrant, user, workspace: workspaceId }) {
      if (ungrant && grant.length > 0) return yield* misused("--grant and --no-grants contradict each other.")
      const { rights, userId } = yield* memberOf(user, workspaceId)
      const granted = ungrant ? [] : grant.length > 0 ? [...new Set(grant)] : rights.granted
      const actor = yield* operator
      const member = yield* MemberStore.use((members) =>
        members.changeMember(workspaceId, userId, { role, granted }, actor)
      )
      yield* printed(json, memberJson(workspaceId, member), [
        `changed: ${memberLine(workspaceId, member)} (before: ${rightsText(rights)})`
      ])
    }, run)
  ).pipe(Command.withDescription("Give a member another role; its tokens never do more than it may"))

  const remove = Command.make(
    "remove",
    { user: userArgument, workspace: workspaceFlag, json: asJson },
    Effect.fnUntraced(function* ({ json, user, workspace: workspaceId }) {
      const { userId } = yield* memberOf(user, workspaceId)
      const actor = yield* operator
      yield* MemberStore.use((members) => members.removeMember(workspaceId, userId, actor))
      yield* printed(json, { workspaceId, userId }, [
        `removed: ${userId} from ${workspaceId}; tokens and sessions ended`
      ])
    }, run)
  ).pipe(Command.withDescription("End a membership, with its tokens and sessions"))

  const link = Command.make(
    "link",
    { user: userArgument, ...linkFlags, json: asJson },
    Effect.fnUntraced(function* ({ json, user, ...asked }) {
      const place = yield* linkPlace(asked)
      const { memberships, userId } = yield* knownUser(user)
      const workspaceId = memberships[0]?.workspaceId ?? systemWorkspace
      const issued = yield* passwordSecret(userId, place.lifetimeMs, { actor: yield* operator, workspaceId })
      const url = place.passwordUrl(issued.secret)
      yield* printed(json, { url, expiresAtMs: issued.expiresAtMs }, linkLines(url, issued.expiresAtMs))
    }, run)
  ).pipe(Command.withDescription("Make a one-time link by which a user chooses a new password"))

  const firstAdmin = Command.make(
    "first-admin",
    { ...linkFlags, json: asJson },
    Effect.fnUntraced(function* ({ json, ...asked }) {
      const place = yield* linkPlace(asked)
      const secret = yield* firstAdminSecret(place.lifetimeMs, yield* operator)
      if (secret === undefined)
        return yield* refused("There are users already. `millrace users link USER` lets one choose a new password.")
      const url = place.firstAdminUrl(secret)
      yield* printed(json, { url }, [`Whoever opens this link first becomes administrator: ${url}`])
    }, run)
  ).pipe(Command.withDescription("Make a link for the first administrator, while nobody can sign in"))

  return Command.make("users").pipe(
    Command.withDescription("Members of workspaces: who may sign in, and do what"),
    Command.withSubcommands([list, invite, role, remove, link, firstAdmin])
  )
}
