/** Whatever is sent to whatever endpoint, the answer is a clear error or a right one: never 500, never a secret. */
import { assert, layer } from "@effect/vitest"
import type { Rights } from "@millrace/contracts"
import { Arbitrary, Effect, Schema } from "effect"
import { addToken, addUser, apiWorld, ask } from "./apiWorld.ts"
import { everyEndpoint, paramsOf, pathOf } from "./everyEndpoint.ts"
import { ownedThings, payloads } from "./ownedThings.ts"

const full: Rights = { role: "admin", granted: ["trading", "replay"] }

/** Values that a careless or hostile caller sends in place of any other. */
const odd: ReadonlyArray<unknown> = [
  null,
  true,
  -1,
  0,
  1e308,
  Number.MAX_SAFE_INTEGER + 1,
  "",
  " ",
  "\u0000",
  "'; drop table users; --",
  "../../etc/passwd",
  "%00%ff",
  "${7*7}",
  "\ud800",
  "𝔘".repeat(300),
  "x".repeat(5_000),
  [],
  [[]],
  {},
  { toString: 1 },
  JSON.parse('{"__proto__":{"admin":true}}'),
  { constructor: { prototype: {} } }
]

/** A right payload with one part, chosen by `at`, replaced. */
const mangled = (payload: unknown, at: number, by: unknown): unknown => {
  if (typeof payload !== "object" || payload === null) return by
  const keys = Object.keys(payload)
  const key = keys[at % (keys.length + 1)]
  if (key === undefined) return { ...payload, [`odd${at}`]: by }
  const value = (payload as Record<string, unknown>)[key]
  const inner = Math.floor(at / (keys.length + 1))
  const isObject = typeof value === "object" && value !== null
  return { ...payload, [key]: isObject && inner % 2 === 1 ? mangled(value, inner, by) : by }
}

const words = Schema.Array(Schema.Struct({ at: Schema.Int, by: Schema.Int, json: Schema.Json }))

layer(apiWorld({ CONTROL_API_MAX_BODY_BYTES: "50000", CONTROL_API_SIGN_IN_ATTEMPTS: "1000000" }), {
  excludeTestServices: true
})("fuzzed requests", (it) => {
  const judge = (
    name: string,
    sent: string,
    answer: { readonly status: number; readonly text: string; readonly json: unknown }
  ) => {
    const at = `${name} with ${sent.slice(0, 300)}: ${answer.status} ${answer.text.slice(0, 300)}`
    assert.notInclude(answer.text, "canary-secret", at)
    assert.notMatch(answer.text, /node_modules|\.ts:\d|Error:|at \w+ \(/u, at)
    assert.isTrue(answer.status < 500 || answer.status === 503, at)
    if (answer.status < 400) return
    for (const part of ["_tag", "where", "found", "expected", "whatToDo"])
      assert.isAbove(String((answer.json as Record<string, unknown> | undefined)?.[part] ?? "").length, 0, at)
  }

  /**
   * @guarantee operation: Whatever is sent to any endpoint of the API, the answer is right or a clear error: never a failure of the server, never a secret
   * @how a real server; every endpoint of the definition with right payloads of which parts are replaced, random JSON, odd paths and queries, huge bodies
   */
  it.effect("odd values in every place of every payload", () =>
    Effect.gen(function* () {
      const { userId } = yield* addUser("fuzzer", "system", full)
      const token = yield* addToken(userId, "system", full)
      for (const endpoint of everyEndpoint.filter(({ hasPayload }) => hasPayload))
        for (const [n, by] of odd.entries())
          for (const at of [n, n + 7]) {
            const body = JSON.stringify(mangled(payloads[endpoint.name], at, by))
            const answer = yield* ask(pathOf(endpoint, ownedThings), { method: endpoint.method, token, body })
            judge(endpoint.name, body, answer)
          }
    })
  )

  it.effect("odd parameters and queries, huge and broken bodies", () =>
    Effect.gen(function* () {
      const { userId } = yield* addUser("fuzzer2", "system", full)
      const token = yield* addToken(userId, "system", full)
      const texts = odd.filter((one): one is string => typeof one === "string" && one !== "\ud800")
      for (const endpoint of everyEndpoint) {
        const { method, name } = endpoint
        // An address has to fit into the 16 KiB of headers, above which Node answers by itself, with 431 and no body.
        for (const text of texts.map((one) => one.slice(0, 400))) {
          const params = Object.fromEntries(paramsOf(endpoint).map((one) => [one, text]))
          const query = `?search=${encodeURIComponent(text)}&after=${encodeURIComponent(text)}&limit=${encodeURIComponent(text)}`
          const path = `${pathOf(endpoint, params)}${method === "GET" ? query : ""}`
          const body = endpoint.hasPayload ? { body: JSON.stringify(payloads[name]) } : {}
          judge(name, path, yield* ask(path, { method, token, ...body }))
        }
        if (!endpoint.hasPayload) continue
        for (const body of ["{", "\u0000", "[1,", `"${"x".repeat(60_000)}"`, `${"[".repeat(20_000)}`]) {
          const answer = yield* ask(pathOf(endpoint, ownedThings), { method, token, body })
          judge(name, body, answer)
          assert.include([400, 413], answer.status, name)
        }
      }
    })
  )

  it.effect("random JSON", () =>
    Effect.gen(function* () {
      const { userId } = yield* addUser("fuzzer3", "system", full)
      const token = yield* addToken(userId, "system", full)
      const samples = yield* Arbitrary.sampleEffect(Arbitrary.schema(words), { count: 20, seed: 6 })
      for (const endpoint of everyEndpoint.filter(({ hasPayload }) => hasPayload))
        for (const { at, by, json } of samples.flat().slice(0, 30)) {
          const value = json === undefined ? odd[Math.abs(by) % odd.length] : json
          const body = JSON.stringify(mangled(payloads[endpoint.name], Math.abs(at), value)) ?? "null"
          judge(
            endpoint.name,
            body,
            yield* ask(pathOf(endpoint, ownedThings), { method: endpoint.method, token, body })
          )
        }
    })
  )
})
