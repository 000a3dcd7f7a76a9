import { assert, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import { formatTraceparent, parseTraceparent, remoteSpan } from "../src/index.ts"

const hex = (length: number) => Schema.String.check(Schema.isPattern(new RegExp(`^[1-9a-f]{${length}}$`, "u")))

it.effect.prop("reads back what it writes", [hex(32), hex(16), Schema.Boolean], ([traceId, spanId, sampled]) =>
  Effect.sync(() => {
    const written = formatTraceparent({ traceId, spanId, sampled })
    assert.deepStrictEqual(Option.getOrUndefined(parseTraceparent(written)), { traceId, spanId, sampled })
  })
)

it("takes nothing from a header that is absent, malformed or all zero", () => {
  const zero = `00-${"0".repeat(32)}-${"1".repeat(16)}-01`
  for (const header of [undefined, "", "00-xyz", zero, `01-${"a".repeat(32)}-${"b".repeat(16)}-01`]) {
    assert.isTrue(Option.isNone(parseTraceparent(header)), String(header))
  }
})

it("gives a parent for spans", () => {
  const span = Option.getOrThrow(remoteSpan(`00-${"a".repeat(32)}-${"b".repeat(16)}-00`))
  assert.strictEqual(span.traceId, "a".repeat(32))
  assert.isFalse(span.sampled)
})
