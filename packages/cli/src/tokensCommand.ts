import { type Rights, systemWorkspace, withinRights } from "@millrace/contracts"
import { type ApiToken, createToken, type KnownUser, TokenStore } from "@millrace/store"
import { Clock, Effect, type Layer, Option, Redacted } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { operator } from "./accountParts.ts"
import { explained, misused, refused } from "./CommandFailed.ts"
import {
  askedWorkspaces,
  grantFlag,
  knownUser,
  knownWorkspace,
  type MemberStores,
  ofWorkspace,
  rightsText,
  roleFlag,
  workspaceFlag
} from "./memberParts.ts"
import { asJson, printed } from "./printed.ts"

type Failure = { readonly message: string }

const dayOf = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 16)

const tokenLine = (
  { expiresAtMs, lastUsedAtMs, name, rights, tokenId, userId, workspaceId }: ApiToken,
  nowMs: number
) =>
  [
    ...[workspaceId, tokenId, name, userId, rightsText(rights)],
    lastUsedAtMs === undefined ? "never used" : `used ${dayOf(lastUsedAtMs)}`,
    expiresAtMs === undefined ? "does not end" : `${expiresAtMs <= nowMs ? "ended" : "ends"} ${dayOf(expiresAtMs)}`
  ].join("  ")

const tokenJson = ({ rights, ...token }: ApiToken) => ({ ...token, ...rights })

/** What a user may do where the token is to act: what he may there, or in the whole installation. */
const ownRights = ({ memberships }: KnownUser, workspaceId: string): ReadonlyArray<Rights> =>
  memberships
    .filter((one) => one.workspaceId === workspaceId || one.workspaceId === systemWorkspace)
    .map(({ rights }) => rights)

/** `millrace tokens …`: tokens of the API. A token acts for its owner and never does more than he may. */
export const tokensCommand = <E extends Failure>(stores: Layer.Layer<MemberStores, E>) => {
  const run = <A, E1 extends Failure, R>(command: Effect.Effect<A, E1, R>) => explained(Effect.provide(command, stores))

  const allOf = (workspace: Option.Option<string>) =>
    Effect.gen(function* () {
      const tokens = yield* TokenStore
      const places = yield* askedWorkspaces(workspace)
      return (yield* Effect.forEach(places, ({ workspaceId }) => tokens.list(workspaceId))).flat()
    })

  const list = Command.make(
    "list",
    { workspace: ofWorkspace, json: asJson },
    Effect.fnUntraced(function* ({ json, workspace }) {
      const all = yield* allOf(workspace)
      const nowMs = yield* Clock.currentTimeMillis
      const lines = all.map((token) => tokenLine(token, nowMs))
      yield* printed(json, all.map(tokenJson), lines.length === 0 ? ["There is no token."] : lines)
    }, run)
  ).pipe(Command.withDescription("List tokens with their owner, rights, last use and end; never their secrets"))

  const create = Command.make(
    "create",
    {
      name: Argument.String("name").pipe(Argument.withDescription("What it is for, for example `ci`")),
      user: Flag.String("user").pipe(Flag.withDescription("Its owner: user id or e-mail address")),
      workspace: workspaceFlag,
      role: roleFlag,
      grant: grantFlag,
      days: Flag.Int("days").pipe(Flag.withDescription("Days until it ends; without it, it does not"), Flag.optional),
      json: asJson
    },
    Effect.fnUntraced(function* ({ days, grant, json, name, role, user, workspace }) {
      if (Option.isSome(days) && (days.value < 1 || days.value > 3_650))
        return yield* misused(`--days found ${days.value}, expected 1 to 3650.`)
      if (!/^[^\p{Cc}\p{Cf}]{1,100}$/u.test(name)) return yield* misused("The name: expected 1 to 100 characters.")
      const { workspaceId } = yield* knownWorkspace(workspace)
      const owner = yield* knownUser(user)
      const own = ownRights(owner, workspaceId)
      const rights = { role, granted: [...new Set(grant)] }
      if (!own.some((one) => withinRights(rights, one))) {
        const may = own.map(rightsText).join(", ") || "nothing there"
        return yield* refused(
          `${owner.email} may ${may} in ${workspaceId}; a token can't have more: ${rightsText(rights)} was asked for.`
        )
      }
      const asked = { workspaceId, userId: owner.userId, name, rights, days: Option.getOrUndefined(days) }
      const { secret, token } = yield* createToken(asked, yield* operator)
      yield* printed(json, { token: tokenJson(token), secret: Redacted.value(secret) }, [
        `created: ${tokenLine(token, token.createdAtMs)}`,
        `secret, shown this once: ${Redacted.value(secret)}`
      ])
    }, run)
  ).pipe(Command.withDescription("Make a token for a user; its secret is printed once and stored nowhere"))

  const revoke = Command.make(
    "revoke",
    { token: Argument.String("token").pipe(Argument.withDescription("Token id")), json: asJson },
    Effect.fnUntraced(function* ({ json, token: tokenId }) {
      const found = (yield* allOf(Option.none())).find((one) => one.tokenId === tokenId)
      const actor = yield* operator
      const gone =
        found !== undefined &&
        (yield* TokenStore.use((tokens) => tokens.remove({ workspaceId: found.workspaceId, tokenId }, actor)))
      if (!gone) return yield* refused(`There is no token ${tokenId}. \`millrace tokens list\` shows those there are.`)
      yield* printed(json, tokenJson(found), [`revoked: ${tokenId} (${found.name}); it is refused from now on`])
    }, run)
  ).pipe(Command.withDescription("End a token at once"))

  return Command.make("tokens").pipe(
    Command.withDescription("Tokens by which programs use the API"),
    Command.withSubcommands([list, create, revoke])
  )
}
