import { assert, it } from "@effect/vitest"
import { explainTls } from "../src/index.ts"

const names = { authority: "IT_CA", address: "IT_URL", certificate: "IT_CERTIFICATE" }
const failure = (code: string, message = code) => Object.assign(new Error(message), { code })

it("says what to do about each way in which TLS fails, however deep the cause lies", () => {
  const cases: ReadonlyArray<readonly [string, RegExp]> = [
    ["SELF_SIGNED_CERT_IN_CHAIN", /set IT_CA/u],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", /set IT_CA/u],
    ["CERT_HAS_EXPIRED", /expired: renew/u],
    ["CERT_NOT_YET_VALID", /clocks/u],
    ["ERR_TLS_CERT_ALTNAME_INVALID", /other names: write one of them in IT_URL/u],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", /set IT_CERTIFICATE/u],
    ["ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE", /set IT_CERTIFICATE/u],
    ["ERR_SSL_WRONG_VERSION_NUMBER", /spoken at the port in IT_URL/u]
  ]
  for (const [code, says] of cases) {
    const inner = failure(code)
    assert.match(explainTls(inner, names) ?? "", says, code)
    const outer = new Error("connection lost", { cause: new Error("given up", { cause: inner }) })
    assert.match(explainTls(outer, names) ?? "", says, code)
    assert.match(explainTls({ message: "as plain data", originalError: inner }, names) ?? "", says, code)
  }
})

it("leaves out what OpenSSL and Node say for others", () => {
  const openssl =
    "407D8B9BCD7F0000:error:0A000412:SSL routines:ssl3_read_bytes:ssl/tls alert bad certificate:../rec_layer_s3.c:918:SSL alert number 42\n"
  const code = "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE"
  assert.match(explainTls(failure(code, openssl), names) ?? "", /^ssl\/tls alert bad certificate\. The server/u)
})

it("says nothing of failures that are not of TLS, whatever was thrown", () => {
  const circle: { cause?: unknown } = {}
  circle.cause = circle
  for (const cause of [
    failure("ECONNREFUSED"),
    new Error("no"),
    "text",
    null,
    undefined,
    7,
    circle,
    Object.create(null)
  ]) {
    assert.isUndefined(explainTls(cause, names))
  }
})
