import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { addUser, apiWorld, ask, signIn } from "./apiWorld.ts"

layer(apiWorld({ CONTROL_API_MAX_BODY_BYTES: "20000" }), { excludeTestServices: true })("errors", (it) => {
  /**
   * @guarantee operation: A wrong request is answered with one clear error that repeats none of its values
   * @how a real server, asked with wrong bodies, types, parameters and sizes
   */
  it.effect("say where, what was expected and what to do, and repeat nothing that was sent", () =>
    Effect.gen(function* () {
      yield* addUser("ann", "w1", { role: "admin", granted: [] })
      const session = yield* signIn("ann")
      const cases = [
        [{ json: { email: "canary-value", password: "canary-value" } }, 400, "payload.email"],
        [{ json: { email: "a@b", password: { "canary-value": 1 } } }, 400, "payload.password"],
        [{ json: { email: "a@b", password: "canary-value", other: 1 } }, 400, "payload.other"],
        [{ json: [] }, 400, "payload"],
        [{ body: "{canary-value" }, 400, "payload"],
        [{ body: "" }, 400, "payload"],
        [{ body: "canary-value", headers: { "content-type": "text/plain" } }, 415, "the header Content-Type"],
        [{ json: { email: "a@b", password: "canary-value".repeat(2_000) } }, 413, "the body"]
      ] as const
      for (const [asked, status, where] of cases) {
        const answer = yield* ask("/api/session", { method: "POST", ...asked })
        assert.deepStrictEqual([answer.status, answer.json?.where], [status, where], answer.text)
        for (const part of ["found", "expected", "whatToDo"]) assert.isAbove(answer.json[part].length, 0)
        assert.notInclude(answer.text, "canary")
      }
      const parameter = yield* ask("/api/users?limit=canary", { session })
      assert.deepStrictEqual([parameter.status, parameter.json.where], [400, "query.limit"])
      const path = yield* ask("/api/users/%20canary", { session, method: "DELETE" })
      assert.deepStrictEqual([path.status, path.json.where], [400, "params.userId"])
    })
  )

  it.effect("of a body without a length are found while it is read", () =>
    Effect.gen(function* () {
      const { status } = yield* ask("/api/session", {
        body: "x".repeat(30_000),
        headers: { "transfer-encoding": "chunked" }
      }).pipe(Effect.catchDefect(() => Effect.succeed({ status: 413 })))
      assert.strictEqual(status, 413)
    })
  )
})
