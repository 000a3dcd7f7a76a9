import { assert, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { refuseFreshOnForeign } from "../src/environmentParts.ts"
import { majorVersion } from "../src/Java.ts"
import { userIn } from "../src/PostgresSite.ts"
import { printable, toEnvironment } from "../src/StackAddresses.ts"
import { cacheFolderOf, dataFolderOf, StackConfig } from "../src/StackConfig.ts"

const configWith = (environment: Record<string, string>) =>
  StackConfig.pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(environment))))

it.effect("takes the cache folder from its own variable, then from the system's, then from the home folder", () =>
  Effect.gen(function* () {
    const both = yield* configWith({ MILLRACE_CACHE: "/own cache", XDG_CACHE_HOME: "/xdg" })
    assert.strictEqual(cacheFolderOf(both), "/own cache")
    assert.strictEqual(cacheFolderOf(yield* configWith({ XDG_CACHE_HOME: "/xdg" })), "/xdg/millrace")
    assert.match(cacheFolderOf(yield* configWith({})), /\.cache.millrace$/u)
  })
)

it.effect("puts the data where it is asked to, then where the environment says, then below the checkout", () =>
  Effect.gen(function* () {
    const config = yield* configWith({ MILLRACE_DATA: "/data" })
    assert.strictEqual(dataFolderOf(config, "/asked"), "/asked")
    assert.strictEqual(dataFolderOf(config, undefined), "/data")
    assert.match(dataFolderOf(yield* configWith({}), undefined), /\.millrace.default$/u)
  })
)

it.effect("refuses a port that is no port", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(configWith({ MILLRACE_KAFKA_PORT: "70000" }))
    assert.include(error.message, "MILLRACE_KAFKA_PORT")
  })
)

/** @guarantee operation: One stack per data folder; `--fresh` empties all parts or none, and never foreign servers */
it.effect("refuses to empty servers that the environment names", () =>
  Effect.gen(function* () {
    const none = { kafkaBrokers: undefined, registryUrl: undefined, databaseUrl: undefined, redisUrl: undefined }
    yield* refuseFreshOnForeign(none)
    const error = yield* Effect.flip(refuseFreshOnForeign({ ...none, databaseUrl: "postgresql://u:secret@h/d" }))
    assert.include(error.message, "DATABASE_URL")
    assert.notInclude(error.message, "secret")
  })
)

it("reads Java's major version in the old and the new form", () => {
  assert.strictEqual(majorVersion('openjdk version "17.0.15" 2025-04-15'), 17)
  assert.strictEqual(majorVersion('java version "1.8.0_412"'), 8)
  assert.strictEqual(majorVersion('openjdk version "21" 2023-09-19'), 21)
  assert.isUndefined(majorVersion("command not found"))
})

it("finds the first unprivileged user that exists", () => {
  const passwd = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533:nobody:/:/bin/false\n"
  assert.deepStrictEqual(userIn(passwd, ["postgres", "nobody"]), { uid: 65534, gid: 65533 })
  assert.isUndefined(userIn(passwd, ["postgres"]))
})

/** @guarantee effects: Secrets are in no error and no log */
it("prints addresses without passwords and gives services the whole ones", () => {
  assert.strictEqual(printable("postgresql://user:secret@127.0.0.1:5432/db"), "postgresql://user:***@127.0.0.1:5432/db")
  assert.strictEqual(printable("redis://127.0.0.1:6379"), "redis://127.0.0.1:6379")
  const environment = toEnvironment({
    kafkaBrokers: ["127.0.0.1:1", "127.0.0.1:2"],
    registryUrl: "http://127.0.0.1:3",
    databaseUrl: "postgresql://user:secret@127.0.0.1:4/db",
    redisUrl: undefined,
    origins: { kafka: "process", registry: "process", postgres: "process", redis: "none" },
    dataFolders: [],
    pids: {}
  })
  assert.deepStrictEqual(environment, {
    KAFKA_BROKERS: "127.0.0.1:1,127.0.0.1:2",
    SCHEMA_REGISTRY_URL: "http://127.0.0.1:3",
    DATABASE_URL: "postgresql://user:secret@127.0.0.1:4/db"
  })
})
