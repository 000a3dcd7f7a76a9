/** Sign-ins that fail are counted by what was wrong, and logged without whose and from where. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Logger, Metric } from "effect"
import { addUser, apiWorld, ask, password } from "./apiWorld.ts"

const lines: Array<string> = []
const collect = Logger.layer([Logger.make(({ message }) => void lines.push(JSON.stringify(message)))])

const counted = Effect.map(Metric.snapshot, (all) => {
  const counts: Record<string, number> = {}
  for (const series of all)
    if (series.id === "millrace_control_api_failed_sign_ins_total")
      counts[String(series.attributes?.reason)] = Number((series.state as { readonly count: number }).count)
  return counts
})

layer(Layer.provide(apiWorld({ CONTROL_API_SIGN_IN_ATTEMPTS: "2" }), collect), { excludeTestServices: true })(
  "failed sign-ins",
  (it) => {
    /**
     * @guarantee operation: Sign-ins that fail are counted by their cause and logged, without who tried and from where
     * @how a real server; wrong passwords, links and tokens, and more attempts than are allowed
     */
    it.effect("are counted and logged without personal data; those that go well are not", () =>
      Effect.gen(function* () {
        yield* addUser("canary", "w1", { role: "viewer", granted: [] })
        const before = yield* counted
        const signIn = (secret: string) =>
          Effect.map(
            ask("/api/session", { json: { email: "canary@example.org", password: secret } }),
            (one) => one.status
          )
        assert.strictEqual(yield* signIn(password), 200)
        assert.deepStrictEqual([yield* counted, lines], [before, []])
        const answers = [yield* signIn("wrong one"), yield* signIn("wrong two"), yield* signIn("wrong three")]
        assert.deepStrictEqual(answers, [401, 401, 429])
        const link = { json: { secret: "no-such-link", password } }
        assert.strictEqual((yield* ask("/api/session/link", link)).status, 401)
        assert.strictEqual((yield* ask("/api/topics", { token: "mlr_canary" })).status, 401)
        const after = yield* counted
        const more = Object.keys(after).map((reason) => [reason, after[reason]! - (before[reason] ?? 0)])
        assert.deepStrictEqual(Object.fromEntries(more), { password: 2, too_many: 1, link: 1, token: 1 })
        const told = lines.filter((line) => line.includes("A sign-in failed"))
        assert.deepStrictEqual(
          told.map((line) => JSON.parse(line)[1]),
          [{ reason: "password" }, { reason: "password" }, { reason: "link" }]
        )
        assert.notMatch(lines.join(), /canary|wrong|no-such-link|127\.0\.0\.1/u)
      })
    )
  }
)
