import { assert, describe, it } from "@effect/vitest"
import { restSignature, restSignatureV2, signV2, streamSignature } from "../src/Signature.ts"

const secret = "s3cret"
const timestampMs = 1700000000000

describe("the signature of a REST request", () => {
  it("covers method, path and nothing else when there is neither query nor body", () => {
    assert.strictEqual(
      restSignature(secret, timestampMs, "GET", "/v3/futures/isolated/trades/running", ""),
      "SjVc1IVfQFOAcMcEnsIbhmp0OlqkEctJ5VAeYQ/w0BY="
    )
  })

  it("covers the query with its question mark", () => {
    assert.strictEqual(
      restSignature(secret, timestampMs, "GET", "/v3/futures/isolated/trades/closed", "?limit=5"),
      "1+p9mIYqSRgTaBSkc4m34Bljw+d1HXOgeXh0aArTvl0="
    )
  })

  it("covers the body as it is sent", () => {
    const body = JSON.stringify({ leverage: 10, quantity: 1000, side: "buy", type: "market" })
    assert.strictEqual(
      restSignature(secret, timestampMs, "POST", "/v3/futures/isolated/trade", body),
      "WyIdbHWgZu6sSlLve2TEuJPh8JhHetdHFYaTRqtWQPo="
    )
  })

  it("covers an empty text for a POST without parameters", () => {
    assert.strictEqual(
      restSignature(secret, timestampMs, "POST", "/v3/futures/cross/position/close", ""),
      "egtuApp7oevm4SOHLRWPLfpbQAZkWimh3ReFQ7F/O5M="
    )
  })
})

describe("the signature of the stream", () => {
  it("covers the timestamp and the nonce", () => {
    assert.strictEqual(
      streamSignature(secret, timestampMs, "0123456789abcdef0123456789abcdef"),
      "Xz1bAcXdDlMO5hsWjECMs7d1PYMECyAw9HJKY7eAuL4="
    )
  })
})

describe("the signature of a REST v2 request", () => {
  const query = (signedQuery: "bare" | "marked", method: string, path: string, text: string) =>
    signV2(signedQuery)(secret, timestampMs, { method, path, query: text, body: null })

  it("covers the query without its question mark, or with it, as it is set", () => {
    assert.strictEqual(
      query("bare", "GET", "/v2/futures", "?type=running"),
      "MXoEthuJJGy6jPsnGkxRIic3ucub4CVe8LNBXkG7KNQ="
    )
    assert.strictEqual(
      query("marked", "GET", "/v2/futures", "?type=running"),
      "/KPBysR7UXdh+etvHEJs0UjaGlxodcEwCvkRhHPtmys="
    )
    assert.strictEqual(
      query("bare", "DELETE", "/v2/futures", "?id=abc"),
      "cxIE/Ih83yazi4aLjVKZWw7vYpb25daBXJu6TcKS0nc="
    )
  })

  it("covers the body as it is sent, and the method in upper case", () => {
    const body = JSON.stringify({ type: "m", side: "b", quantity: 1000, leverage: 10 })
    const expected = "3qGdExOk1scYe/GdS4psuFtorbDf+gns7v5xNXhRiDU="
    assert.strictEqual(restSignatureV2(secret, timestampMs, "post", "/v2/futures", body), expected)
    for (const signedQuery of ["bare", "marked"] as const) {
      const request = { method: "POST", path: "/v2/futures", query: "", body }
      assert.strictEqual(signV2(signedQuery)(secret, timestampMs, request), expected)
    }
  })
})
