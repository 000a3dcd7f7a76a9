/**
 * Walks over every endpoint with the token of another workspace: nothing of the first workspace may be seen or changed. A new
 * endpoint is in it by itself; one with parameters or a payload needs an entry below, or the test says so.
 */
import { assert, layer } from "@effect/vitest"
import { marginEvents, type Rights, type TopicContract } from "@millrace/contracts"
import { DeadLetterBox } from "@millrace/runtime"
import {
  AccountStore,
  CommandList,
  ControlStore,
  Credentials,
  MemberStore,
  TokenStore,
  TriageJobStore
} from "@millrace/store"
import { Effect, Redacted } from "effect"
import { addToken, addUser, apiWorld, ask, signIn } from "./apiWorld.ts"
import { everyEndpoint, paramsOf, pathOf } from "./everyEndpoint.ts"
import { ownedThings, payloads, sharedNames } from "./ownedThings.ts"
import { hook, hooks } from "./receivedHooks.ts"
import { marginEvent, setAside } from "./setAside.ts"
import { publish } from "./tradedAccounts.ts"

const full: Rights = { role: "admin", granted: ["trading", "replay"] }

layer(apiWorld(), { excludeTestServices: true })("another workspace's token", (it) => {
  it.effect("is tried on every endpoint: the things of each path and a payload of each are known to this test", () =>
    Effect.sync(() => {
      const missing = everyEndpoint.flatMap((endpoint) => [
        ...paramsOf(endpoint)
          .filter((name) => !(name in ownedThings))
          .map((name) => `ownedThings lacks ${name} of ${endpoint.name}`),
        ...(endpoint.hasPayload && !(endpoint.name in payloads) ? [`payloads lacks ${endpoint.name}`] : [])
      ])
      assert.deepStrictEqual(missing, [])
    })
  )

  it.effect("every endpoint says what it needs, or that anybody may ask it", () =>
    Effect.sync(() => {
      assert.deepStrictEqual(
        everyEndpoint.filter(({ needs, open }) => (needs === undefined) !== open).map(({ name }) => name),
        []
      )
      assert.deepStrictEqual(
        everyEndpoint.filter(({ open }) => open).map(({ name }) => name),
        ["session.signIn", "session.useLink"]
      )
    })
  )

  it.effect("without a sign-in every other endpoint answers 401, before it looks at anything", () =>
    Effect.gen(function* () {
      for (const endpoint of everyEndpoint.filter(({ open }) => !open)) {
        const { method } = endpoint
        const answer = yield* ask(pathOf(endpoint, ownedThings), { method, ...bodyOf(endpoint, "{}") })
        assert.deepStrictEqual([answer.status, answer.json?._tag], [401, "Unauthenticated"], endpoint.name)
      }
    })
  )

  /**
   * @guarantee operation: No endpoint shows or changes what belongs to another workspace
   * @how a real server; a walk over every endpoint of the definition with another workspace's token
   */
  it.effect("shows and changes nothing, whatever the endpoint", () =>
    Effect.gen(function* () {
      const owner = yield* addUser("canary-owner", "canary-workspace", full)
      yield* addUser("canary-member", "canary-workspace", { role: "viewer", granted: [] })
      yield* addToken(owner.userId, "canary-workspace", full)
      yield* publish("account-canary", "canary-workspace", "rule-canary")
      yield* storeSecretsAndCommand
      const stranger = yield* addUser("stranger", "w-other", full)
      const token = yield* addToken(stranger.userId, "w-other", full)
      yield* setAside(marginEvents as TopicContract<unknown>, [
        { key: "canary-account", value: marginEvent("canary-account", 1), workspaceId: "canary-workspace" }
      ])
      yield* setAside(hooks as TopicContract<unknown>, [
        { key: "canary-hook", value: hook(1), workspaceId: "canary-workspace" }
      ])
      const things = yield* theirs
      const before = yield* everythingOf("canary-workspace")
      for (const endpoint of everyEndpoint.filter(({ open }) => !open)) {
        for (const headers of [{}, { "x-workspace": "canary-workspace" }] as const) {
          const { method } = endpoint
          const payload = JSON.stringify(payloads[endpoint.name] ?? {})
          const answer = yield* ask(pathOf(endpoint, things), { method, token, headers, ...bodyOf(endpoint, payload) })
          const at = `${endpoint.name} ${JSON.stringify(headers)}: ${answer.status} ${answer.text}`
          assert.isBelow(answer.status, 500, at)
          if ("x-workspace" in headers) assert.strictEqual(answer.status, 403, at)
          else if (paramsOf(endpoint).some((name) => !sharedNames.has(name)))
            assert.include([403, 404], answer.status, at)
          if (answer.status < 300) assert.notInclude(answer.text, "canary", at)
        }
      }
      assert.deepStrictEqual(yield* everythingOf("canary-workspace"), before)
    })
  )

  /**
   * @guarantee operation: No answer of the API holds a stored secret, whoever asks
   * @how a real server; every endpoint that reads, asked by the owner with all rights; the page too
   */
  it.effect("shows its owner no stored secret, nor anybody's hash", () =>
    Effect.gen(function* () {
      const owner = yield* addUser("secret-owner", "secret-workspace", full)
      const token = yield* addToken(owner.userId, "secret-workspace", full)
      const session = yield* signIn("secret-owner")
      yield* publish("account-of-secrets", "secret-workspace", "rule-of-secrets")
      const credentials = Redacted.make({
        key: "stored-key-1",
        secret: "stored-secret-2",
        passphrase: "stored-phrase-3"
      })
      const accountId = "account-of-secrets"
      yield* (yield* AccountStore).save({ credentials: [{ accountId, credentials }] })
      yield* setAside(marginEvents as TopicContract<unknown>, [
        {
          key: accountId,
          value: marginEvent(accountId, 1),
          workspaceId: "secret-workspace",
          cause: "Bearer stored-secret-2 was refused"
        }
      ])
      const [letters] = yield* (yield* DeadLetterBox).groups("margin-events", { workspaceId: "secret-workspace" })
      const things = { ...ownedThings, accountId, topic: "margin-events", fingerprint: letters?.fingerprint ?? "" }
      const hidden = ["stored-", "scrypt$", token, session.cookie.split("=")[1]!.split(";")[0]!]
      const reading = everyEndpoint.filter(({ method }) => method === "GET").map((endpoint) => pathOf(endpoint, things))
      for (const path of [...reading, "/", "/api/openapi.json"]) {
        for (const asked of [{ token }, { session }]) {
          const answer = yield* ask(path, asked)
          for (const secret of hidden) assert.notInclude(answer.text, secret, path)
        }
      }
    })
  )

  it.effect("a viewer's own token is refused wherever more than reading is needed", () =>
    Effect.gen(function* () {
      const viewer = yield* addUser("viewer", "w-viewer", { role: "viewer", granted: [] })
      const token = yield* addToken(viewer.userId, "w-viewer", full)
      for (const endpoint of everyEndpoint) {
        if (endpoint.needs === undefined || ["none", "read"].includes(endpoint.needs.permission)) continue
        const { method } = endpoint
        const payload = JSON.stringify(payloads[endpoint.name] ?? {})
        const answer = yield* ask(pathOf(endpoint, {}), { method, token, ...bodyOf(endpoint, payload) })
        assert.deepStrictEqual([answer.status, answer.json?._tag], [403, "Forbidden"], endpoint.name)
      }
    })
  )
})

const bodyOf = ({ hasPayload }: { readonly hasPayload: boolean }, body: string) => (hasPayload ? { body } : {})

/** Ids of the things that the first workspace owns, as they are stored. */
const theirs = Effect.gen(function* () {
  const [token] = yield* (yield* TokenStore).list("canary-workspace")
  const { letters } = yield* (yield* DeadLetterBox).page("margin-events", { selection: {}, limit: 1 })
  const jobId = "triage-canary"
  const job = { jobId, workspaceId: "canary-workspace", actor: "canary", topic: "trade-log", kind: "replay" } as const
  yield* (yield* TriageJobStore).begin({ ...job, selection: { key: "canary" }, before: {} }, 0)
  return { ...ownedThings, tokenId: token?.tokenId ?? "", letterId: letters[0]?.letter.id ?? "", jobId }
})

const everythingOf = Effect.fnUntraced(function* (workspaceId: string) {
  const members = yield* MemberStore
  const tokens = yield* TokenStore
  const workspaces = yield* members.workspaces
  return {
    members: yield* members.members(workspaceId, { limit: 100 }),
    tokens: yield* tokens.list(workspaceId),
    accounts: yield* AccountStore.use((store) => store.accountsOf(workspaceId)),
    rules: yield* AccountStore.use((store) => store.rulesOf("account-canary")),
    switches: yield* (yield* ControlStore).switches,
    pauses: yield* (yield* ControlStore).pauses,
    credentials: Redacted.value(yield* (yield* Credentials).find("account-canary")),
    commands: yield* (yield* CommandList).list({ limit: 100 }),
    letters: yield* (yield* DeadLetterBox).groups("margin-events", { workspaceId }),
    hooks: yield* (yield* DeadLetterBox).groups("webhooks", { workspaceId }),
    jobs: yield* (yield* TriageJobStore).list(workspaceId, 10, 0),
    workspaces: workspaces.filter((one) => one.workspaceId === workspaceId)
  }
})

/** Credentials of the first workspace's account, and a command of it that waits. */
const storeSecretsAndCommand = Effect.gen(function* () {
  const accountId = "account-canary"
  const credentials = Redacted.make({ key: "canary-key", secret: "canary-secret", passphrase: "canary" })
  yield* (yield* AccountStore).save({ credentials: [{ accountId, credentials }] })
  yield* (yield* CommandList).put({
    commandId: "command-canary",
    workspaceId: "canary-workspace",
    accountId,
    ruleId: "rule-canary",
    positionId: undefined,
    action: "new_trade",
    status: "pending",
    reason: "canary",
    detail: "canary",
    byHand: "",
    retryAtMs: undefined,
    command: {},
    updatedAtMs: 1
  })
})
