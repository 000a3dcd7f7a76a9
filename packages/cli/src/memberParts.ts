import { firstAdminLink, linkUrl } from "@millrace/api"
import { GrantedPermission, type Rights, Role } from "@millrace/contracts"
import { nearest } from "@millrace/history"
import { type KnownUser, MemberStore, type SignInStore, type TokenStore } from "@millrace/store"
import { Config, Duration, Effect, Option, type Redacted } from "effect"
import { Argument, Flag } from "effect/cli"
import { misused, refused } from "./CommandFailed.ts"

/** Where members and what they sign in with are kept. */
export type MemberStores = MemberStore | SignInStore | TokenStore

const described = <A>(flag: Flag.Flag<A>, text: string) => Flag.withDescription(flag, text)

export const userArgument = Argument.String("user").pipe(Argument.withDescription("User id or e-mail address"))
export const workspaceFlag = described(Flag.String("workspace"), "Workspace; `system` holds for all of them")
export const ofWorkspace = described(Flag.String("workspace"), "Only those of this workspace").pipe(Flag.optional)
export const roleFlag = described(Flag.Literals("role", Role.literals), "viewer reads, operator acts, admin invites")
export const grantFlag = described(
  Flag.Literals("grant", GrantedPermission.literals),
  "What no role brings; several times for both"
).pipe(Flag.atLeast(0))

/** Flags of what makes a one-time link. */
export const linkFlags = {
  url: described(
    Flag.String("url"),
    "Where browsers find the dashboard; without it CONTROL_API_PUBLIC_URL, or the stack that runs here"
  ).pipe(Flag.optional),
  for: described(Flag.String("for"), "How long it works").pipe(Flag.withDefault("24 hours"))
}

/** Rights in a line: the role, and what was granted besides. */
export const rightsText = ({ granted, role }: Rights): string => [role, ...granted].join(" + ")

const idForm = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}$/u

/** An id that can stand in keys and addresses. */
export const wellFormedId = (id: string) =>
  idForm.test(id) ? Effect.succeed(id) : misused(`Found the id ${id}, expected letters, digits, dots and dashes.`)

/** The workspace of this id. Says which there are when it is none of them. */
export const knownWorkspace = Effect.fnUntraced(function* (workspaceId: string) {
  const all = yield* (yield* MemberStore).workspaces
  const found = all.find((one) => one.workspaceId === workspaceId)
  if (found !== undefined) return found
  const known = nearest(
    workspaceId,
    all.map((one) => one.workspaceId)
  )
  return yield* refused(`There is no workspace ${workspaceId}. Do you mean ${known.join(", ")}?`)
})

/** The workspaces that are asked for: one that must be there, or all. */
export const askedWorkspaces = (asked: Option.Option<string>) =>
  Option.isSome(asked)
    ? Effect.map(knownWorkspace(asked.value), (one) => [one])
    : Effect.flatMap(MemberStore, ({ workspaces }) => workspaces)

/** The user of this id or e-mail address. */
export const knownUser = Effect.fnUntraced(function* (named: string) {
  const members = yield* MemberStore
  const found: KnownUser | undefined = named.includes("@")
    ? yield* members.userByEmail(named)
    : yield* members.user(named)
  return found ?? (yield* refused(`There is no user ${named}. \`millrace users list\` shows those there are.`))
})

/** Where a link leads, and how long it works: asked before anything is stored. */
export const linkPlace = Effect.fnUntraced(function* (asked: {
  readonly url: Option.Option<string>
  readonly for: string
}) {
  const lifetime = Option.getOrElse(Duration.fromInput(asked.for as Duration.Input), () => Duration.zero)
  if (Duration.toMillis(lifetime) <= 0 || Duration.isGreaterThan(lifetime, Duration.days(30)))
    return yield* misused(`--for found ${asked.for}, expected a time up to 30 days such as "24 hours".`)
  const set = yield* Config.String("CONTROL_API_PUBLIC_URL").pipe(Config.option)
  const url = Option.getOrUndefined(Option.orElse(asked.url, () => set))
  if (url === undefined || !/^https?:$/u.test(URL.parse(url)?.protocol ?? ""))
    return yield* misused(
      "A link needs the address of the dashboard: give it as --url https://…, or set CONTROL_API_PUBLIC_URL."
    )
  const base = url.replace(/\/+$/u, "")
  return {
    lifetimeMs: Duration.toMillis(lifetime),
    passwordUrl: (secret: Redacted.Redacted) => linkUrl(base, secret),
    firstAdminUrl: (secret: Redacted.Redacted) => firstAdminLink(base, secret)
  }
})
