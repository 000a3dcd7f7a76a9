import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { emptyIfAsked, folderInUse, rememberedPorts, rememberPorts, takeFolder } from "../src/DataFolder.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace folder "))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const fill = (path: string) => {
  for (const part of ["kafka", "registry", "postgres", "redis"]) {
    mkdirSync(join(path, part))
    writeFileSync(join(path, part, "content"), part)
  }
  writeFileSync(join(path, "postgres.password"), "secret")
}

/**
 * @guarantee operation: One stack per data folder; `--fresh` empties all parts or none, and never foreign servers
 * @how a lock; a mark that the next start completes
 */
it.live("gives a folder to one stack at a time and says who has it", () =>
  Effect.gen(function* () {
    const path = yield* folder
    yield* Effect.scoped(
      Effect.gen(function* () {
        assert.isTrue(yield* takeFolder(path))
        assert.isFalse(yield* takeFolder(path))
        assert.include(folderInUse(path).message, `process ${process.pid}`)
      })
    )
    assert.isTrue(yield* takeFolder(path))
  })
)

it.live("empties the data of all parts when asked, and nothing when not", () =>
  Effect.gen(function* () {
    const path = yield* folder
    fill(path)
    assert.isFalse(yield* emptyIfAsked(path, false))
    assert.isTrue(existsSync(join(path, "kafka", "content")))
    assert.isTrue(yield* emptyIfAsked(path, true))
    assert.deepStrictEqual(readdirSync(path), [])
  })
)

/** @guarantee operation: One stack per data folder; `--fresh` empties all parts or none, and never foreign servers */
it.live("completes an emptying that was cut off, so that the parts never disagree", () =>
  Effect.gen(function* () {
    const path = yield* folder
    fill(path)
    rmSync(join(path, "kafka"), { recursive: true })
    writeFileSync(join(path, "emptying"), "")
    assert.isTrue(yield* emptyIfAsked(path, false))
    assert.deepStrictEqual(readdirSync(path), [])
  })
)

it.live("remembers ports, and takes a damaged memory for none", () =>
  Effect.gen(function* () {
    const path = yield* folder
    const ports = { kafka: 1, controller: 2, registry: 3, postgres: 4, redis: 5 }
    assert.deepStrictEqual(yield* rememberedPorts(path), {})
    yield* rememberPorts(path, ports)
    assert.deepStrictEqual(yield* rememberedPorts(path), ports)
    writeFileSync(join(path, "ports.json"), '{"kafka":')
    assert.deepStrictEqual(yield* rememberedPorts(path), {})
  })
)
