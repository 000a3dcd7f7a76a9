import { type Rights, systemWorkspace } from "@millrace/contracts"
import { Effect, Layer } from "effect"
import { ChangeRefused } from "./AccountChanges.ts"
import { AlreadySetUp, endsAdministration, firstRights, type Member, MemberStore, type User } from "./MemberStore.ts"
import { type OneTimeLink, type Session, SignInStore } from "./SignInStore.ts"
import { type ApiToken, noteUseEveryMs, TokenStore } from "./TokenStore.ts"

/** What the three stores keep. */
class Tables {
  readonly workspaces = new Map([[systemWorkspace, "Whole installation"]])
  readonly users = new Map<string, User & { readonly password: string | undefined }>()
  /** By user, then workspace. */
  readonly memberships = new Map<string, Map<string, Rights>>()
  readonly tokens = new Map<string, ApiToken>()
  readonly sessions = new Map<string, Session>()
  readonly links = new Map<string, OneTimeLink>()
  readonly attempts = new Map<string, { readonly attempts: number; readonly endsAtMs: number }>()
}

const dropWhere = <A>(rows: Map<string, A>, gone: (row: A, key: string) => boolean): void => {
  for (const [key, row] of rows) if (gone(row, key)) rows.delete(key)
}

const refuse = (subject: string, reason: string) => Effect.fail(new ChangeRefused({ subject, reason }))

const memberStore = (tables: Tables): MemberStore["Service"] => {
  const membersOf = (workspaceId: string): ReadonlyArray<Member> =>
    [...tables.users.values()]
      .flatMap(({ password, ...user }) => {
        const rights = tables.memberships.get(user.userId)?.get(workspaceId)
        return rights === undefined ? [] : [{ ...user, rights, hasPassword: password !== undefined }]
      })
      .toSorted((a, b) => (a.email < b.email ? -1 : 1))
  const found = (workspaceId: string, search = ""): ReadonlyArray<Member> => {
    const part = search.toLowerCase()
    return membersOf(workspaceId).filter(({ email, name }) => email.includes(part) || name.toLowerCase().includes(part))
  }
  const known = (match: (user: User) => boolean) => {
    const user = [...tables.users.values()].find(match)
    if (user === undefined) return undefined
    const memberships = [...(tables.memberships.get(user.userId) ?? [])]
      .map(([workspaceId, rights]) => ({ workspaceId, rights }))
      .toSorted((a, b) => (a.workspaceId < b.workspaceId ? -1 : 1))
    return { ...user, memberships }
  }
  const byEmail = (email: string) => known((user) => user.email === email.toLowerCase())
  const put = (workspaceId: string, userId: string, rights: Rights) =>
    tables.memberships.set(userId, (tables.memberships.get(userId) ?? new Map()).set(workspaceId, rights))

  const memberOf = (workspaceId: string, userId: string) => {
    const member = membersOf(workspaceId).find((one) => one.userId === userId)
    return member === undefined
      ? refuse(`User ${userId}`, `is no member of workspace ${workspaceId}`)
      : Effect.succeed(member)
  }
  const keepAdministration = (workspaceId: string, userId: string, rights: Rights | undefined) =>
    endsAdministration(workspaceId, rights) &&
    !membersOf(systemWorkspace).some((one) => one.userId !== userId && one.rights.role === "admin")
      ? refuse(`User ${userId}`, "is the last administrator of the installation")
      : Effect.void

  return MemberStore.of({
    workspaces: Effect.sync(() =>
      [...tables.workspaces]
        .map(([workspaceId, name]) => ({ workspaceId, name }))
        .toSorted((a, b) => (a.workspaceId < b.workspaceId ? -1 : 1))
    ),
    createWorkspace: ({ workspaceId, name }) =>
      Effect.suspend(() => {
        if (tables.workspaces.has(workspaceId)) return refuse(`Workspace ${workspaceId}`, "exists already")
        tables.workspaces.set(workspaceId, name)
        return Effect.void
      }),
    renameWorkspace: ({ workspaceId, name }) =>
      Effect.suspend(() => {
        if (!tables.workspaces.has(workspaceId)) return refuse(`Workspace ${workspaceId}`, "does not exist")
        tables.workspaces.set(workspaceId, name)
        return Effect.void
      }),
    hasUsers: Effect.sync(() => tables.users.size > 0),
    createFirstAdmin: (user) =>
      Effect.suspend(() => {
        if (tables.users.size > 0) return Effect.fail(new AlreadySetUp())
        tables.users.set(user.userId, { ...user, email: user.email.toLowerCase() })
        put(systemWorkspace, user.userId, firstRights)
        return Effect.void
      }),
    user: (userId) => Effect.sync(() => known((user) => user.userId === userId)),
    userByEmail: (email) => Effect.sync(() => byEmail(email)),
    members: (workspaceId, { search, after = "", limit }) =>
      Effect.sync(() =>
        found(workspaceId, search)
          .filter(({ email }) => email > after)
          .slice(0, limit)
      ),
    countMembers: (workspaceId, search) => Effect.sync(() => found(workspaceId, search).length),
    addMember: (workspaceId, { rights, ...user }) =>
      Effect.suspend(() => {
        const userId = byEmail(user.email)?.userId ?? user.userId
        if (tables.memberships.get(userId)?.has(workspaceId) === true)
          return refuse(`User ${userId}`, `is a member of workspace ${workspaceId} already`)
        if (!tables.users.has(userId))
          tables.users.set(userId, { ...user, email: user.email.toLowerCase(), password: undefined })
        put(workspaceId, userId, rights)
        return memberOf(workspaceId, userId)
      }),
    changeMember: (workspaceId, userId, rights) =>
      Effect.gen(function* () {
        const before = yield* memberOf(workspaceId, userId)
        yield* keepAdministration(workspaceId, userId, rights)
        put(workspaceId, userId, rights)
        return { ...before, rights }
      }),
    removeMember: (workspaceId, userId) =>
      Effect.gen(function* () {
        yield* memberOf(workspaceId, userId)
        yield* keepAdministration(workspaceId, userId, undefined)
        tables.memberships.get(userId)?.delete(workspaceId)
        dropWhere(tables.tokens, (one) => one.userId === userId && one.workspaceId === workspaceId)
        dropWhere(tables.sessions, (one) => one.userId === userId && one.workspaceId === workspaceId)
      }),
    setPassword: (userId, password, keepSession) =>
      Effect.suspend(() => {
        const user = tables.users.get(userId)
        if (user === undefined) return refuse(`User ${userId}`, "does not exist")
        tables.users.set(userId, { ...user, password })
        dropWhere(tables.sessions, (one, hash) => one.userId === userId && hash !== keepSession)
        dropWhere(tables.links, (one) => one.userId === userId)
        return Effect.void
      })
  })
}

const signInStore = ({ attempts, links, sessions }: Tables): SignInStore["Service"] =>
  SignInStore.of({
    open: (hash, session) => Effect.sync(() => void sessions.set(hash, session)),
    session: (hash, nowMs) =>
      Effect.sync(() => {
        const session = sessions.get(hash)
        return session !== undefined && session.expiresAtMs > nowMs ? session : undefined
      }),
    selectWorkspace: (hash, workspaceId) =>
      Effect.sync(() => {
        const session = sessions.get(hash)
        if (session !== undefined) sessions.set(hash, { ...session, workspaceId })
      }),
    close: (hash) => Effect.sync(() => void sessions.delete(hash)),
    issueLink: (hash, link) => Effect.sync(() => void links.set(hash, link)),
    useLink: (hash, nowMs) =>
      Effect.sync(() => {
        const link = links.get(hash)
        links.delete(hash)
        return link !== undefined && link.expiresAtMs > nowMs ? link : undefined
      }),
    attempt: (key, limit, nowMs) =>
      Effect.sync(() => {
        const known = attempts.get(key)
        const under =
          known === undefined || known.endsAtMs <= nowMs
            ? { attempts: 1, endsAtMs: nowMs + limit.withinMs }
            : { ...known, attempts: known.attempts + 1 }
        attempts.set(key, under)
        return under.attempts <= limit.attempts ? 0 : under.endsAtMs - nowMs
      }),
    forgetAttempts: (key) => Effect.sync(() => void attempts.delete(key)),
    prune: (nowMs) =>
      Effect.sync(() => {
        dropWhere(sessions, (one) => one.expiresAtMs <= nowMs)
        dropWhere(links, (one) => one.expiresAtMs <= nowMs)
        dropWhere(attempts, (one) => one.endsAtMs <= nowMs)
      })
  })

const tokenStore = ({ tokens }: Tables): TokenStore["Service"] =>
  TokenStore.of({
    create: (hash, token) => Effect.sync(() => void tokens.set(hash, token)),
    use: (hash, nowMs) =>
      Effect.sync(() => {
        const token = tokens.get(hash)
        if (token === undefined || (token.expiresAtMs ?? Number.POSITIVE_INFINITY) <= nowMs) return undefined
        if (nowMs - (token.lastUsedAtMs ?? 0) >= noteUseEveryMs) tokens.set(hash, { ...token, lastUsedAtMs: nowMs })
        return token
      }),
    list: (workspaceId, userId) =>
      Effect.sync(() =>
        [...tokens.values()]
          .filter((one) => one.workspaceId === workspaceId && (userId === undefined || one.userId === userId))
          .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.tokenId < b.tokenId ? -1 : 1))
      ),
    remove: ({ tokenId, userId, workspaceId }) =>
      Effect.sync(() => {
        const before = tokens.size
        dropWhere(
          tokens,
          (one) =>
            one.tokenId === tokenId &&
            one.workspaceId === workspaceId &&
            (userId === undefined || one.userId === userId)
        )
        return tokens.size < before
      })
  })

/** Members, sign-ins and tokens in memory; tells nobody: for tests without PostgreSQL. */
export const layerMemoryMembers: Layer.Layer<MemberStore | SignInStore | TokenStore> = Layer.suspend(() => {
  const tables = new Tables()
  return Layer.mergeAll(
    Layer.succeed(MemberStore, memberStore(tables)),
    Layer.succeed(SignInStore, signInStore(tables)),
    Layer.succeed(TokenStore, tokenStore(tables))
  )
})
