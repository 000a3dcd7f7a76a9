import { assert, it } from "@effect/vitest"
import { hasHidden, hideSecrets } from "../src/index.ts"

it("hides fields that are named like secrets, and tokens within texts, and leaves the rest", () => {
  const shown = hideSecrets({
    accountId: "a1",
    tokenCount: 3,
    apiKey: "canary-1",
    nested: [{ Authorization: "canary-2", note: "sent with Bearer canary-3 and mlr_canary456" }],
    credentials: { passphrase: "canary-7", user: "canary-8" }
  })
  assert.deepStrictEqual(shown, {
    accountId: "a1",
    tokenCount: 3,
    apiKey: "<redacted>",
    nested: [{ Authorization: "<redacted>", note: "sent with <redacted> and <redacted>" }],
    credentials: "<redacted>"
  })
  assert.isTrue(hasHidden(shown))
  assert.isFalse(hasHidden({ accountId: "a1" }))
})

it("ends in a value without end", () => {
  let value: object = {}
  for (let depth = 0; depth < 100; depth += 1) value = { value }
  assert.isBelow(JSON.stringify(hideSecrets(value)).length, 1_000)
})
