import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Effect } from "effect"
import { pem } from "../src/index.ts"

const keyText = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString()

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-pem-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const read = (setting: Config.Config<string>, value: string) =>
  setting.parse(ConfigProvider.fromEnv({ env: { KAFKA_TLS_KEY: value } }))

const key = Config.nested(pem("key", "TLS_KEY"), "KAFKA")

describe("a setting of PEM text", () => {
  it.effect("holds the text itself, or the path of a file with it", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "key.pem")
      writeFileSync(file, keyText)
      assert.strictEqual(yield* read(key, keyText), keyText)
      assert.strictEqual(yield* read(key, keyText.replaceAll("\n", "\\n")), keyText)
      assert.strictEqual(yield* read(key, file), keyText)
    })
  )

  it.effect("is refused with its name, what was expected, and nothing of what it holds", () =>
    Effect.gen(function* () {
      const secret = "s3cret-canary"
      const broken = keyText.replace(/\n.*\n/u, `\n${secret}\n`)
      for (const given of [broken, "-----BEGIN PRIVATE KEY-----", `/nowhere/${secret}`, "\0", tmpdir()]) {
        const { message } = yield* Effect.flip(read(key, given))
        assert.match(message, /Expected a private key without a passphrase as PEM text, or the path/u)
        assert.match(message, /\["KAFKA"\]\["TLS_KEY"\]/u)
        assert.notInclude(message, secret)
      }
      const certificate = Config.nested(pem("certificate", "TLS_KEY"), "KAFKA")
      assert.match((yield* Effect.flip(read(certificate, keyText))).message, /Expected a certificate/u)
    })
  )
})
