import { assert, it } from "@effect/vitest"
import { isSignedBy, oldSocketMessage, restMessage, sign, streamMessage, v2Messages } from "../src/Signature.ts"

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

it("accepts the vectors of REST v2, with and without the query's mark", () => {
  const v2Vectors: ReadonlyArray<readonly [string, string, string, string]> = [
    ["GET", "/v2/futures", "?type=running", "MXoEthuJJGy6jPsnGkxRIic3ucub4CVe8LNBXkG7KNQ="],
    ["GET", "/v2/futures", "?type=running", "/KPBysR7UXdh+etvHEJs0UjaGlxodcEwCvkRhHPtmys="],
    ["DELETE", "/v2/futures", "?id=abc", "cxIE/Ih83yazi4aLjVKZWw7vYpb25daBXJu6TcKS0nc="],
    [
      "POST",
      "/v2/futures",
      '{"type":"m","side":"b","quantity":1000,"leverage":10}',
      "3qGdExOk1scYe/GdS4psuFtorbDf+gns7v5xNXhRiDU="
    ]
  ]
  for (const [method, path, data, expected] of v2Vectors) {
    const accepted = (secret: string) =>
      v2Messages(at, method, path, data).some((message) => isSignedBy(secret, message, expected))
    assert.isTrue(accepted("s3cret"), `${method} ${data}`)
    assert.isFalse(accepted("other"))
  }
})

it("accepts the vector of the old socket's authentication", () => {
  assert.strictEqual(
    sign("s3cret", oldSocketMessage(1_700_000_000_000)),
    "+4bIwphrgWs1kDMb/KS9d+NDV9eZrLKLjwupZ2SpFE8="
  )
})

it("accepts the vector of the stream's authentication", () => {
  const message = streamMessage(1_700_000_000_000, "0123456789abcdef0123456789abcdef")
  assert.strictEqual(sign("s3cret", message), "Xz1bAcXdDlMO5hsWjECMs7d1PYMECyAw9HJKY7eAuL4=")
})
