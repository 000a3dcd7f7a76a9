import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Download, obtain } from "../src/Downloads.ts"
import { digestOf } from "../src/digestOf.ts"
import { Progress } from "../src/Progress.ts"

/** A stand-in for Maven on the PATH: writes `content` into the folder that it is told, and counts its runs. */
const withMaven = (content: string, code = 0) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const base = mkdtempSync(join(tmpdir(), "millrace cache "))
      const programs = join(base, "programs")
      mkdirSync(programs)
      const script = `#!/bin/sh\necho run >> "${base}/runs"\nprintf '%s' '${content}' > "$3/file.jar"\nexit ${code}\n`
      writeFileSync(join(programs, "mvn"), script)
      chmodSync(join(programs, "mvn"), 0o755)
      const path = process.env.PATH
      process.env.PATH = `${programs}${delimiter}${path}`
      return { base, path, cache: join(base, "cache") }
    }),
    ({ base, path }) =>
      Effect.sync(() => {
        process.env.PATH = path
        rmSync(base, { recursive: true, force: true })
      })
  )

const digestOfOne = (content: string): string => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-digest-"))
  writeFileSync(join(folder, "file.jar"), content)
  const digest = digestOf(folder)
  rmSync(folder, { recursive: true })
  return digest
}

const download = (content: string): Download => ({
  part: "kafka",
  title: "Something 1.0",
  folder: "something-1.0",
  digest: digestOfOne(content),
  mavenArguments: ["TARGET"]
})

const quiet = Effect.provideService(Progress, { line: () => Effect.void })

/**
 * @guarantee operation: Downloads are checked at each start and never fetched twice
 * @how recorded digests
 */
it.live("fetches once, and without Maven ever after", () =>
  Effect.gen(function* () {
    const { cache, path } = yield* withMaven("sound")
    const folder = yield* obtain(download("sound"), cache)
    assert.isTrue(existsSync(join(folder, "file.jar")))
    process.env.PATH = "/nowhere"
    assert.strictEqual(yield* obtain(download("sound"), cache), folder)
    process.env.PATH = path
  }).pipe(quiet)
)

/** @guarantee operation: Downloads are checked at each start and never fetched twice */
it.live("fetches anew what was damaged in the cache", () =>
  Effect.gen(function* () {
    const { cache } = yield* withMaven("sound")
    const folder = yield* obtain(download("sound"), cache)
    writeFileSync(join(folder, "file.jar"), "damaged")
    yield* obtain(download("sound"), cache)
    assert.strictEqual(digestOf(folder), download("sound").digest)
  }).pipe(quiet)
)

/** @guarantee operation: Downloads are checked at each start and never fetched twice */
it.live("refuses what differs from the recorded digest and leaves nothing under its name", () =>
  Effect.gen(function* () {
    const { cache } = yield* withMaven("forged")
    const error = yield* Effect.flip(obtain(download("sound"), cache))
    assert.include(error.message, "digest")
    assert.isFalse(existsSync(join(cache, "something-1.0")))
  }).pipe(quiet)
)

it.live("discards what an interrupted start left behind", () =>
  Effect.gen(function* () {
    const { cache } = yield* withMaven("sound")
    mkdirSync(join(cache, "partial-something-1.0", "files"), { recursive: true })
    writeFileSync(join(cache, "partial-something-1.0", "files", "half.jar"), "half")
    const folder = yield* obtain(download("sound"), cache)
    assert.isFalse(existsSync(join(folder, "half.jar")))
  }).pipe(quiet)
)

it.live("says what to install when Maven is missing, and why when it fails", () =>
  Effect.gen(function* () {
    const { cache, path } = yield* withMaven("sound", 3)
    const failed = yield* Effect.flip(obtain(download("sound"), cache))
    assert.include(failed.message, "Maven ended with code 3")
    process.env.PATH = "/nowhere"
    const missing = yield* Effect.flip(obtain(download("sound"), cache))
    process.env.PATH = path
    assert.include(missing.message, "Install Maven")
  }).pipe(quiet)
)

it.live("fetches only once when two starts ask at the same time", () =>
  Effect.gen(function* () {
    const { base, cache } = yield* withMaven("sound")
    const both = [obtain(download("sound"), cache), obtain(download("sound"), cache)]
    const folders = yield* Effect.all(both, { concurrency: 2 })
    assert.strictEqual(folders[0], folders[1])
    const runs = yield* Effect.promise(() =>
      import("node:fs/promises").then((fs) => fs.readFile(`${base}/runs`, "utf8"))
    )
    assert.strictEqual(runs, "run\n")
  }).pipe(quiet)
)
