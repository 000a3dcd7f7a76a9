import { PgClient } from "@effect/sql-pg"
import { type Rights, systemWorkspace } from "@millrace/contracts"
import { Effect, Layer } from "effect"
import { ChangeRefused } from "./AccountChanges.ts"
import { auditedChange } from "./auditedChange.ts"
import { StoreError } from "./IntentLedger.ts"
import {
  countMembers,
  insertUser,
  lockMembers,
  otherAdministrators,
  putMembership,
  selectMembers,
  selectUser
} from "./MemberStatements.ts"
import {
  AlreadySetUp,
  endsAdministration,
  firstRights,
  MemberStore,
  memberFigures,
  type User,
  type Workspace
} from "./MemberStore.ts"
import { Outbox } from "./Outbox.ts"

/** Workspaces, users and memberships in PostgreSQL. */
export const layerPgMemberStore = Layer.effect(
  MemberStore,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const outbox = yield* Outbox

    const reading = <A, E>(operation: string, self: Effect.Effect<A, E>) =>
      Effect.mapError(self, (cause) => new StoreError({ operation, cause }))
    /** One change at a time, all of it or nothing. */
    const changing = <A, E>(operation: string, change: Effect.Effect<A, E>) =>
      lockMembers(sql).pipe(
        Effect.andThen(change),
        sql.withTransaction,
        Effect.mapError((error) => (isOurs(error) ? error : new StoreError({ operation, cause: error })))
      )

    const memberOf = Effect.fnUntraced(function* (workspaceId: string, userId: string) {
      const [member] = yield* selectMembers(sql, workspaceId, { userId, limit: 1 })
      return member ?? (yield* refuse(`User ${userId}`, `is no member of workspace ${workspaceId}`))
    })
    const keepAdministration = Effect.fnUntraced(function* (
      workspaceId: string,
      userId: string,
      rights: Rights | undefined
    ) {
      if (!endsAdministration(workspaceId, rights)) return
      if ((yield* otherAdministrators(sql, userId)) === 0)
        return yield* refuse(`User ${userId}`, "is the last administrator of the installation")
    })

    const createWorkspace = Effect.fnUntraced(function* ({ workspaceId, name }: Workspace, actor: string) {
      const added = yield* sql`insert into workspaces (workspace_id, name) values (${workspaceId}, ${name})
        on conflict do nothing returning 1`
      if (added.length === 0) return yield* refuse(`Workspace ${workspaceId}`, "exists already")
      const key = `workspace/${workspaceId}`
      yield* outbox.append([
        auditedChange({ workspaceId, actor, key }, "workspace_created", { after: { workspaceId, name } })
      ])
    })
    const renameWorkspace = Effect.fnUntraced(function* ({ workspaceId, name }: Workspace, actor: string) {
      const [former] = yield* sql<{ readonly name: string }>`select name from workspaces
        where workspace_id = ${workspaceId}`
      if (former === undefined) return yield* refuse(`Workspace ${workspaceId}`, "does not exist")
      yield* sql`update workspaces set name = ${name} where workspace_id = ${workspaceId}`
      const figures = { before: { workspaceId, name: former.name }, after: { workspaceId, name } }
      const key = `workspace/${workspaceId}`
      yield* outbox.append([auditedChange({ workspaceId, actor, key }, "workspace_renamed", figures)])
    })
    const createFirstAdmin = Effect.fnUntraced(function* (user: User & { readonly password: string }) {
      const users = yield* sql`select 1 from users limit 1`
      if (users.length > 0) return yield* new AlreadySetUp()
      yield* insertUser(sql, user, user.password)
      yield* putMembership(sql, systemWorkspace, user.userId, firstRights)
      const where = { workspaceId: systemWorkspace, actor: user.userId, key: `user/${user.userId}` }
      const after = memberFigures({ ...user, rights: firstRights })
      yield* outbox.append([auditedChange(where, "first_admin_created", { after })])
    })
    const addMember = Effect.fnUntraced(function* (
      workspaceId: string,
      user: User & { readonly rights: Rights },
      actor: string
    ) {
      const known = yield* selectUser(sql, { email: user.email })
      const userId = known?.userId ?? user.userId
      if (known?.memberships.some((one) => one.workspaceId === workspaceId) === true)
        return yield* refuse(`User ${userId}`, `is a member of workspace ${workspaceId} already`)
      if (known === undefined) yield* insertUser(sql, user, null)
      yield* putMembership(sql, workspaceId, userId, user.rights)
      const member = yield* memberOf(workspaceId, userId)
      const where = { workspaceId, actor, key: `user/${userId}` }
      yield* outbox.append([auditedChange(where, "member_added", { after: memberFigures(member) })])
      return member
    })
    const changeMember = Effect.fnUntraced(function* (
      workspaceId: string,
      userId: string,
      rights: Rights,
      actor: string
    ) {
      const before = yield* memberOf(workspaceId, userId)
      yield* keepAdministration(workspaceId, userId, rights)
      yield* putMembership(sql, workspaceId, userId, rights)
      const after = { ...before, rights }
      const where = { workspaceId, actor, key: `user/${userId}` }
      const figures = { before: memberFigures(before), after: memberFigures(after) }
      yield* outbox.append([auditedChange(where, "member_changed", figures)])
      return after
    })
    const removeMember = Effect.fnUntraced(function* (workspaceId: string, userId: string, actor: string) {
      const before = yield* memberOf(workspaceId, userId)
      yield* keepAdministration(workspaceId, userId, undefined)
      yield* sql`delete from memberships where workspace_id = ${workspaceId} and user_id = ${userId}`
      yield* sql`delete from api_tokens where workspace_id = ${workspaceId} and user_id = ${userId}`
      yield* sql`delete from sessions where workspace_id = ${workspaceId} and user_id = ${userId}`
      const where = { workspaceId, actor, key: `user/${userId}` }
      yield* outbox.append([auditedChange(where, "member_removed", { before: memberFigures(before) })])
    })
    const setPassword = Effect.fnUntraced(function* (userId: string, password: string, keepSession?: string) {
      const changed = yield* sql`update users set password = ${password} where user_id = ${userId} returning 1`
      if (changed.length === 0) return yield* refuse(`User ${userId}`, "does not exist")
      yield* sql`delete from sessions where user_id = ${userId} and session_hash <> ${keepSession ?? ""}`
      yield* sql`delete from one_time_links where user_id = ${userId}`
      const where = { workspaceId: systemWorkspace, actor: userId, key: `user/${userId}` }
      yield* outbox.append([auditedChange(where, "password_changed", { after: { userId } })])
    })

    return MemberStore.of({
      workspaces: reading(
        "read workspaces",
        sql<Workspace>`select workspace_id as "workspaceId", name from workspaces order by workspace_id collate "C"`
      ),
      createWorkspace: (workspace, actor) => changing("create a workspace", createWorkspace(workspace, actor)),
      renameWorkspace: (workspace, actor) => changing("rename a workspace", renameWorkspace(workspace, actor)),
      hasUsers: reading(
        "look for users",
        Effect.map(sql`select 1 from users limit 1`, (rows) => rows.length > 0)
      ),
      createFirstAdmin: (user) => changing("create the first administrator", createFirstAdmin(user)),
      user: (userId) => reading("read a user", selectUser(sql, { userId })),
      userByEmail: (email) => reading("read a user", selectUser(sql, { email })),
      members: (workspaceId, filter) => reading("read members", selectMembers(sql, workspaceId, filter)),
      countMembers: (workspaceId, search) => reading("count members", countMembers(sql, workspaceId, search)),
      addMember: (workspaceId, user, actor) => changing("add a member", addMember(workspaceId, user, actor)),
      changeMember: (workspaceId, userId, rights, actor) =>
        changing("change a member", changeMember(workspaceId, userId, rights, actor)),
      removeMember: (workspaceId, userId, actor) =>
        changing("remove a member", removeMember(workspaceId, userId, actor)),
      setPassword: (userId, password, keepSession) =>
        changing("store a password", setPassword(userId, password, keepSession))
    })
  })
)

const refuse = (subject: string, reason: string) => Effect.fail(new ChangeRefused({ subject, reason }))

type Ours<E> = Extract<E, ChangeRefused | AlreadySetUp | StoreError>

const isOurs = <E>(error: E): error is Ours<E> =>
  error instanceof ChangeRefused || error instanceof AlreadySetUp || error instanceof StoreError
