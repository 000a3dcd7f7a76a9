import { assert, it } from "@effect/vitest"
import { isSignedBy, restMessage, sign, streamMessage } from "../src/Signature.ts"

const at = "1700000000000"
const vectors: ReadonlyArray<readonly [string, string, string, string]> = [
  ["GET", "/v3/futures/isolated/trades/running", "", "SjVc1IVfQFOAcMcEnsIbhmp0OlqkEctJ5VAeYQ/w0BY="],
  ["GET", "/v3/futures/isolated/trades/closed", "?limit=5", "1+p9mIYqSRgTaBSkc4m34Bljw+d1HXOgeXh0aArTvl0="],
  [
    "POST",
    "/v3/futures/isolated/trade",
    '{"leverage":10,"quantity":1000,"side":"buy","type":"market"}',
    "WyIdbHWgZu6sSlLve2TEuJPh8JhHetdHFYaTRqtWQPo="
  ],
  ["POST", "/v3/futures/cross/position/close", "", "egtuApp7oevm4SOHLRWPLfpbQAZkWimh3ReFQ7F/O5M="]
]

it("accepts the signature vectors of REST v3", () => {
  for (const [method, path, data, expected] of vectors) {
    assert.strictEqual(sign("s3cret", restMessage(at, method, path, data)), expected)
    assert.isTrue(isSignedBy("s3cret", restMessage(at, method, path, data), expected))
    assert.isFalse(isSignedBy("other", restMessage(at, method, path, data), expected))
  }
})

it("accepts the vector of the stream's authentication", () => {
  const message = streamMessage(1_700_000_000_000, "0123456789abcdef0123456789abcdef")
  assert.strictEqual(sign("s3cret", message), "Xz1bAcXdDlMO5hsWjECMs7d1PYMECyAw9HJKY7eAuL4=")
})
