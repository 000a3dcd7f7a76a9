import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Deferred, Effect, Layer, Option, Schedule, type Scope } from "effect"
import { WebSocket } from "ws"
import { Simulator, type SimulatorAddresses, type SimulatorSettings } from "../src/index.ts"
import { sign } from "../src/Signature.ts"
import { wallNowMs } from "../src/WallClock.ts"

export const settings: SimulatorSettings = {
  host: "127.0.0.1",
  port: 0,
  controlPort: 0,
  controlToken: Option.none(),
  seed: "test",
  priceStepUsd: 0.5,
  accountRequestsPerSecond: 0,
  publicRequestsPerSecond: 0,
  v2AccountRequestsPerMinute: 0,
  v2PublicRequestsPerMinute: 0,
  streamRequestsPerSecond: 0,
  streamPingMs: 0,
  servesOracle: true,
  signatureWindowMs: 30_000,
  latencyMs: 0,
  jitterMs: 0,
  faultSeed: 1,
  faults: [],
  market: {},
  fundingRate: 0
}

/** Runs against a simulator of its own on free ports. */
export const withSimulator = <A, E>(
  use: (client: Client) => Effect.Effect<A, E, Scope.Scope>,
  changed: Partial<SimulatorSettings> = {}
) =>
  Effect.gen(function* () {
    const { addresses } = yield* Simulator
    return yield* use(makeClient(addresses))
  }).pipe(
    Effect.provide(Layer.provide(Simulator.layerOf({ ...settings, ...changed }), NodeFileSystem.layer)),
    Effect.scoped
  )

export interface Key {
  readonly id: string
  readonly key: string
  readonly secret: string
  readonly passphrase: string
}
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every form
  readonly body: any
}
export type Client = ReturnType<typeof makeClient>

const makeClient = (addresses: SimulatorAddresses) => {
  const fetched = (url: string, init: RequestInit) =>
    Effect.tryPromise((signal) => fetch(url, { ...init, signal })).pipe(
      Effect.flatMap((response) =>
        Effect.map(
          Effect.promise(() => response.text()),
          (text): Answer => ({
            status: response.status,
            headers: response.headers,
            body: text === "" ? undefined : JSON.parse(text)
          })
        )
      )
    )
  const control = (method: string, path: string, body?: unknown) =>
    fetched(`${addresses.control}${path}`, body === undefined ? { method } : { method, body: JSON.stringify(body) })
  const call = (key: Key, method: string, path: string, body?: unknown, timestamp = Math.floor(wallNowMs())) => {
    const data = body === undefined ? "" : JSON.stringify(body)
    const mark = path.indexOf("?")
    const message = `${timestamp}${method.toLowerCase()}/v3${data === "" || mark < 0 ? path : path.slice(0, mark)}${data}`
    return fetched(`${addresses.rest}${path}`, {
      method,
      headers: {
        ...(data === "" ? {} : { "content-type": "application/json" }),
        "lnm-access-key": key.key,
        "lnm-access-passphrase": key.passphrase,
        "lnm-access-timestamp": String(timestamp),
        "lnm-access-signature": sign(key.secret, message)
      },
      ...(data === "" ? {} : { body: data })
    })
  }
  /** REST v2: `form` says whether the `?` of a query is signed. */
  const callV2 = (key: Key, method: string, path: string, body?: unknown, form: "with?" | "without?" = "without?") => {
    const data = body === undefined ? "" : JSON.stringify(body)
    const mark = path.indexOf("?")
    const signed = mark < 0 || form === "with?" ? path : `${path.slice(0, mark)}${path.slice(mark + 1)}`
    const timestamp = Math.floor(wallNowMs())
    return fetched(`${addresses.restV2}${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        "LNM-ACCESS-KEY": key.key,
        "LNM-ACCESS-PASSPHRASE": key.passphrase,
        "LNM-ACCESS-TIMESTAMP": String(timestamp),
        "LNM-ACCESS-SIGNATURE": sign(key.secret, `${timestamp}${method}/v2${signed}${data}`)
      },
      ...(data === "" ? {} : { body: data })
    })
  }
  return {
    addresses,
    control,
    call,
    callV2,
    get: (path: string) => fetched(`${addresses.rest}${path}`, {}),
    account: (id: string, more: object = {}) =>
      Effect.map(
        control("POST", "/accounts", { accounts: [{ id, name: id, balance: 10_000_000, ...more }] }),
        ({ body }): Key => body.accounts[0]
      ),
    stream: Effect.suspend(() => openStream(addresses.stream)),
    /** A client that answers no pings. */
    silentStream: Effect.suspend(() => openStream(addresses.stream, { autoPong: false })),
    oldSocket: Effect.suspend(() => openStream(addresses.oldSocket)),
    progress: Effect.suspend(() => openStream(`${addresses.control.replace("http", "ws")}/progress`))
  }
}

/** A WebSocket whose messages can be waited for. */
const openStream = (url: string, options: { readonly autoPong?: boolean } = {}) =>
  Effect.acquireRelease(
    Effect.callback<WebSocket, Error>((resume) => {
      const ws = new WebSocket(url, options)
      ws.on("open", () => resume(Effect.succeed(ws)))
      ws.on("error", (error) => resume(Effect.fail(error)))
    }),
    (ws) => Effect.sync(() => ws.terminate())
  ).pipe(Effect.map(conversation))

const conversation = (ws: WebSocket) => {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every form
  const messages: Array<any> = []
  const closed = Deferred.makeUnsafe<number>()
  ws.on("message", (data) => messages.push(JSON.parse(data.toString())))
  ws.on("close", (code) => Deferred.doneUnsafe(closed, Effect.succeed(code)))
  let id = 0
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const until = (wanted: (message: any) => boolean) =>
    Effect.suspend(() => {
      const found = messages.find(wanted)
      return found === undefined ? Effect.fail("not yet") : Effect.succeed(found)
    }).pipe(Effect.retry(Schedule.spaced("2 millis")), Effect.timeout("5 seconds"), Effect.orDie)
  const call = (method: string, params?: unknown) => {
    id += 1
    const mine = String(id)
    ws.send(JSON.stringify({ jsonrpc: "2.0", id: mine, method, ...(params === undefined ? {} : { params }) }))
    return until((message) => message.id === mine)
  }
  return {
    messages,
    until,
    call,
    send: (value: unknown) => ws.send(typeof value === "string" ? value : JSON.stringify(value)),
    ping: () => ws.ping(),
    close: Effect.sync(() => ws.terminate()),
    closed: Deferred.await(closed).pipe(Effect.timeout("5 seconds"), Effect.orDie),
    login: (key: Key, nonce: string, timestamp = Math.floor(wallNowMs())) =>
      call("authenticate", {
        key: key.key,
        passphrase: key.passphrase,
        timestamp,
        nonce,
        signature: sign(key.secret, `${timestamp}${nonce}`)
      })
  }
}
