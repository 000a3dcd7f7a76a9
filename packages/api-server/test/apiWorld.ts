// Foreign boundary: asks a real server by fetch, with headers as a browser or an attacker would send them.
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type { Rights } from "@millrace/contracts"
import { History } from "@millrace/history"
import { DeadLetterBox } from "@millrace/runtime"
import {
  hashPassword,
  hashSecret,
  layerMemoryAccountStore,
  layerMemoryCommandList,
  layerMemoryControlStore,
  layerMemoryIntentLedger,
  layerMemoryMembers,
  layerMemoryTimers,
  layerMemoryTriageJobStore,
  MemberStore,
  newSecret,
  StoreMarks,
  TimerOperations,
  TokenStore
} from "@millrace/store"
import { ConfigProvider, Context, Effect, Layer, Redacted } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { boundedServer } from "../src/ApiServer.ts"
import { ApiSettings, apiRoutes, CredentialCheck, PublicAddress, TradingView } from "../src/index.ts"
import { testKafka, testReports } from "./testKafka.ts"

/** A server of a test's own, in a process with its stores in memory. */
export class ApiWorld extends Context.Service<ApiWorld, { readonly url: string }>()("it/ApiWorld") {}

const schedules = TimerOperations.layerMemory.pipe(Layer.provideMerge(layerMemoryTimers))

/** What control-api gives the API to show and to change, in memory; an exchange that accepts the key `right` only. */
const shown = Layer.mergeAll(
  TradingView.layer,
  History.layer,
  layerMemoryAccountStore,
  layerMemoryControlStore,
  layerMemoryCommandList,
  layerMemoryIntentLedger,
  StoreMarks.layerMemory,
  Layer.succeed(CredentialCheck, {
    check: (_, credentials) =>
      Effect.succeed(
        Redacted.value(credentials).key === "right"
          ? {
              accepted: true,
              identity: { exchangeUserId: "1", username: "satoshi", balanceSats: 1_000, permissions: undefined },
              refusals: [],
              warnings: ["a warning"]
            }
          : { accepted: false, identity: undefined, refusals: ["the exchange refuses it"], warnings: [] }
      )
  }),
  schedules
)

/** What the API needs of Kafka. */
type Broker = typeof testKafka

/** The API on a free port. `settings` are environment variables. */
export const apiWorld = (settings: Readonly<Record<string, string>> = {}) => apiWorldOn(testKafka, settings)

/** The same on another broker. */
export const apiWorldOn = <A extends Layer.Success<Broker>, E>(
  broker: Layer.Layer<A, E>,
  settings: Readonly<Record<string, string>> = {}
) => {
  const world = Layer.effect(
    ApiWorld,
    Effect.map(HttpServer.HttpServer, ({ address }) => ({
      url: `http://127.0.0.1:${address._tag === "UnixPathAddress" ? 0 : address.port}`
    }))
  )
  return Layer.mergeAll(HttpRouter.serve(apiRoutes, { disableLogger: true, disableListenLog: true }), world).pipe(
    Layer.provideMerge(PublicAddress.layer),
    Layer.provideMerge(ApiSettings.layer),
    Layer.provideMerge(layerMemoryMembers),
    Layer.provideMerge(shown),
    Layer.provideMerge(layerMemoryTriageJobStore),
    Layer.provideMerge(DeadLetterBox.layer),
    Layer.provideMerge(testReports),
    Layer.provideMerge(broker),
    Layer.provideMerge(
      NodeHttpServer.layerServer(() => boundedServer(Number(settings.CONTROL_API_MAX_CONNECTIONS ?? 2_000)), {
        port: 0,
        host: "127.0.0.1"
      })
    ),
    Layer.provideMerge(NodeHttpServer.layerHttpServices),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: settings })))
  )
}

export interface Asked {
  readonly method?: string
  readonly token?: string
  readonly session?: { readonly cookie: string; readonly csrfToken: string | undefined }
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly body?: string
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what was really answered
  readonly json: any
}

/** Asks the server of the world. */
export const ask = (path: string, { method, token, session, headers, json, body }: Asked = {}) =>
  Effect.flatMap(ApiWorld, ({ url }) =>
    Effect.promise(async (): Promise<Answered> => {
      const content = body ?? (json === undefined ? undefined : JSON.stringify(json))
      const response = await fetch(`${url}${path}`, {
        method: method ?? (content === undefined ? "GET" : "POST"),
        redirect: "manual",
        headers: {
          ...(content === undefined ? {} : { "content-type": "application/json" }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(session === undefined ? {} : { cookie: session.cookie }),
          ...(session?.csrfToken === undefined ? {} : { "x-csrf-token": session.csrfToken }),
          ...headers
        },
        ...(content === undefined ? {} : { body: content })
      })
      const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true
      const text = isStream ? await firstOf(response) : await response.text()
      const isJson = response.headers.get("content-type")?.includes("json") === true
      return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
    })
  )

/** The first piece of a stream that would not end by itself. */
const firstOf = async (response: Response): Promise<string> => {
  const reader = response.body!.getReader()
  const { value } = await reader.read()
  await reader.cancel()
  return Buffer.from(value ?? []).toString()
}

export const password = "correct horse battery"

/** Stores a member with the password of all tests. */
export const addUser = Effect.fnUntraced(function* (name: string, workspaceId: string, rights: Rights) {
  const members = yield* MemberStore
  const known = yield* members.workspaces
  if (!known.some((one) => one.workspaceId === workspaceId))
    yield* members.createWorkspace({ workspaceId, name: workspaceId }, "it")
  const user = { userId: `user-${name}`, email: `${name}@example.org`, name, rights }
  const member = yield* members.addMember(workspaceId, user, "it")
  yield* members.setPassword(member.userId, yield* hashPassword(Redacted.make(password)))
  return member
})

/** Stores a token; its secret. */
export const addToken = Effect.fnUntraced(function* (userId: string, workspaceId: string, rights: Rights) {
  const secret = newSecret("mlr_")
  const token = {
    tokenId: `token-${hashSecret(secret)
      .slice(0, 8)
      .replaceAll(/[^A-Za-z0-9]/gu, "0")}`,
    workspaceId,
    userId,
    name: "it",
    rights,
    createdAtMs: 0,
    expiresAtMs: undefined,
    lastUsedAtMs: undefined
  }
  yield* (yield* TokenStore).create(hashSecret(secret), token, "it")
  return Redacted.value(secret)
})

/** Signs a user in as a browser does; what it then sends with each request. */
export const signIn = Effect.fnUntraced(function* (name: string) {
  const answer = yield* ask("/api/session", { json: { email: `${name}@example.org`, password } })
  const cookie = answer.headers.getSetCookie()[0]?.split(";")[0]
  if (cookie === undefined) return yield* Effect.die(new Error(`${name} was not signed in: ${answer.text}`))
  return { cookie, csrfToken: answer.json.csrfToken as string }
})
