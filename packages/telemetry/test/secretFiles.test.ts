import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { takeSecretFiles } from "../src/index.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-secrets-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/**
 * @guarantee operation: Every secret can be given as a file, and one that can't be read stops the start with its name
 * @how `NAME_FILE`; a service with a wrong one is started as a process
 */
it.effect("takes secrets from files, without the line's end, and leaves the rest", () =>
  Effect.gen(function* () {
    const file = join(yield* folder, "password")
    writeFileSync(file, "s3cret with spaces \n")
    const env: Record<string, string | undefined> = {
      KAFKA_SASL_PASSWORD_FILE: file,
      DATABASE_URL: "postgresql://here",
      REDIS_URL_FILE: "",
      POSTGRES_PASSWORD_FILE: "/nowhere/of-another-program"
    }
    assert.deepStrictEqual(takeSecretFiles(env), [])
    assert.deepStrictEqual(env, {
      KAFKA_SASL_PASSWORD: "s3cret with spaces ",
      DATABASE_URL: "postgresql://here",
      REDIS_URL_FILE: "",
      POSTGRES_PASSWORD_FILE: "/nowhere/of-another-program"
    })
  })
)

it.effect("tells each that it can't take, and nothing of what it holds", () =>
  Effect.gen(function* () {
    const path = yield* folder
    writeFileSync(join(path, "empty"), "\n")
    writeFileSync(join(path, "key"), "s3cret")
    const faults = takeSecretFiles({
      MILLRACE_MASTER_KEY: "s3cret-too",
      MILLRACE_MASTER_KEY_FILE: join(path, "key"),
      KAFKA_SASL_PASSWORD_FILE: join(path, "none"),
      REDIS_URL_FILE: join(path, "empty"),
      DATABASE_URL_FILE: path
    })
    assert.deepStrictEqual(faults, [
      "MILLRACE_MASTER_KEY and MILLRACE_MASTER_KEY_FILE are both set: remove one of them",
      `KAFKA_SASL_PASSWORD_FILE names ${join(path, "none")}, which can't be read (ENOENT)`,
      `DATABASE_URL_FILE names ${path}, which can't be read (EISDIR)`,
      `REDIS_URL_FILE names ${join(path, "empty")}, which is empty`
    ])
    assert.notInclude(faults.join(), "s3cret")
  })
)
