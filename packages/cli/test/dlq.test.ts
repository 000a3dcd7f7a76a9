import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { type AuditEntry, auditLog, partitionOf, RecordCodec, TopicsFile } from "@millrace/contracts"
import { KafkaClient, MemoryKafkaControl } from "@millrace/kafka"
import { deadLetterRecord } from "@millrace/runtime"
import { Effect, Layer } from "effect"
import { bench, registry, topics } from "./memoryBroker.ts"
import { runMillrace } from "./runMillrace.ts"

const dlq = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  const kafka = Layer.succeed(KafkaClient, yield* KafkaClient)
  return yield* runMillrace({ kafka, registry, topics }, ["dlq", ...args])
})

const json = <A>(text: string): A => JSON.parse(text) as A
const encoder = new TextEncoder()

const entry = (n: number): AuditEntry => ({
  auditId: `audit-${n}`,
  workspaceId: "ws-1",
  actor: "ada",
  action: "rule_stored",
  details: {},
  atMs: n
})

/** Makes the topics and writes letters of the audit log: two of one cause, one of another, one that came back twice. */
const setAside = Effect.gen(function* () {
  const { admin, producer } = yield* KafkaClient
  const file = yield* TopicsFile
  const codec = yield* RecordCodec
  yield* admin.createTopics(file.physicalTopics())
  yield* codec.prepare([auditLog])
  const { send } = yield* producer({ clientId: "it-dlq" })
  const causes = ["entry 1 has no account", "entry 2 has no account", "the store refuses", "the store refuses"]
  for (const [n, message] of causes.entries()) {
    const record = {
      offset: n,
      timestampMs: n,
      key: encoder.encode("ws-1"),
      value: yield* Effect.fromResult(codec.encode(auditLog, entry(n))),
      headers: {
        "workspace-id": encoder.encode("ws-1"),
        ...(n === 3 ? { "replay-count": encoder.encode("2") } : {})
      }
    }
    const letter = {
      record,
      origin: { topic: "audit-log", partition: partitionOf(auditLog, "ws-1", 12), lane: "low" },
      deadLetterTopic: "audit-log.dlq",
      failure: { kind: "permanent", tag: "Refused", message, stack: undefined },
      attempts: 3,
      firstFailureMs: n * 1_000,
      lastFailureMs: n * 1_000,
      service: "it-worker"
    }
    yield* send([deadLetterRecord(letter, "1")])
  }
})

const sent = Effect.gen(function* () {
  const codec = yield* RecordCodec
  const records = yield* (yield* MemoryKafkaControl).records("audit-log")
  return yield* Effect.forEach(records, ({ value }) => Effect.fromResult(codec.decode(auditLog, value!)))
})
const sentIds = Effect.map(sent, (entries) => entries.map(({ auditId }) => auditId))

interface GroupJson {
  readonly fingerprint: string
  readonly message: string
}
interface PageJson {
  readonly letters: ReadonlyArray<{ readonly id: string; readonly state: string }>
  readonly next: string | null
}

const running = Effect.provide(Layer.fresh(bench))

it.effect("list shows topics, then causes, then letters page by page; show tells all of one", () =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    yield* admin.createTopics((yield* TopicsFile).physicalTopics())
    assert.include((yield* dlq("list")).out, "No topic has dead letters.")
    yield* setAside
    assert.strictEqual((yield* dlq("list")).out, "audit-log  3 open, 1 quarantined")
    const groups = yield* dlq("list", "audit-log")
    assert.match(groups.out, /2 open {2}permanent Refused: entry 1 has no account\n.* workspaces ws-1, for example /u)
    const first = json<PageJson>((yield* dlq("list", "audit-log", "--letters", "--limit", "3", "--json")).out)
    assert.lengthOf(first.letters, 3)
    const second = yield* dlq("list", "audit-log", "--letters", "--from", first.next!)
    assert.match(second.out, /^[0-9a-f]{16} {2}quarantined {2}1970-01-01T00:00:03.000Z {2}key ws-1 {2}Refused: /u)
    const shown = yield* dlq("show", "audit-log", first.letters[0]!.id)
    assert.include(shown.out, "cause      permanent Refused: entry 1 has no account")
    assert.include(shown.out, '"auditId": "audit-0"')
    const missing = yield* dlq("show", "audit-log", "0000000000000000")
    assert.strictEqual(missing.exitCode, 1)
    assert.include(missing.error, "there is no letter 0000000000000000")
    const strange = yield* dlq("list", "it-strange")
    assert.strictEqual(strange.exitCode, 1)
    assert.include(strange.error, "declares no topic it-strange")
  }).pipe(running)
)

it.effect("replay sends a group, then all but what is in quarantine, then that by its id", () =>
  Effect.gen(function* () {
    yield* setAside
    const groups = json<ReadonlyArray<GroupJson>>((yield* dlq("list", "audit-log", "--json")).out)
    const { fingerprint } = groups.find(({ message }) => message.startsWith("entry"))!
    const group = ["replay", "audit-log", "--group", fingerprint]
    const dry = yield* dlq(...group, "--dry-run")
    assert.strictEqual(dry.out, "2 would be sent back, 0 settled before, 0 left out in quarantine, 0 refused")
    assert.deepStrictEqual(yield* sentIds, [])
    const one = yield* dlq(...group)
    assert.strictEqual(one.exitCode, 0)
    assert.deepStrictEqual(yield* sentIds, ["audit-0", "audit-1"])
    const all = yield* dlq("replay", "audit-log", "--all", "--json")
    assert.strictEqual(all.exitCode, 4)
    assert.deepInclude(json<object>(all.out), { replayed: 1, settled: 2, quarantined: 1, refused: 0 })
    const page = yield* dlq("list", "audit-log", "--letters", "--state", "quarantined", "--json")
    const { id } = json<PageJson>(page.out).letters[0]!
    assert.strictEqual((yield* dlq("replay", "audit-log", "--id", id)).exitCode, 0)
    assert.deepStrictEqual(yield* sentIds, ["audit-0", "audit-1", "audit-2", "audit-3"])
  }).pipe(running)
)

it.effect("replay and purge want to know which letters are meant", () =>
  Effect.gen(function* () {
    yield* setAside
    for (const args of [
      ["replay", "audit-log"],
      ["purge", "audit-log", "--yes"],
      ["replay", "audit-log", "--all", "--key", "k"]
    ]) {
      const unclear = yield* dlq(...args)
      assert.strictEqual(unclear.exitCode, 2)
      assert.include(unclear.error, "expected --all, or some of --group")
    }
    assert.deepStrictEqual(yield* sentIds, [])
  }).pipe(running)
)

it.effect("purge does nothing without --yes", () =>
  Effect.gen(function* () {
    yield* setAside
    const asked = yield* dlq("purge", "audit-log", "--all")
    assert.strictEqual(asked.exitCode, 1)
    assert.include(asked.out, "4 would be purged")
    assert.include(asked.error, "Give --yes to do it.")
    assert.strictEqual((yield* dlq("list")).out, "audit-log  3 open, 1 quarantined")
    const done = yield* dlq("purge", "audit-log", "--all", "--yes")
    assert.strictEqual(done.exitCode, 0)
    assert.strictEqual(done.out, "4 purged, 0 settled before, 4 records deleted at the start of partitions")
    assert.include((yield* dlq("list")).out, "No topic has dead letters.")
  }).pipe(running)
)

it.effect("edit sends a letter back with another value, and keeps who did it and why", () =>
  Effect.gen(function* () {
    yield* setAside
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-dlq-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true }))
    )
    const file = join(folder, "value.json")
    const { id } = json<PageJson>((yield* dlq("list", "audit-log", "--letters", "--json")).out).letters[0]!
    const edit = ["edit", "audit-log", id, "--value", file, "--reason", "wrong actor", "--by", "grace"]
    writeFileSync(file, JSON.stringify({ ...entry(0), atMs: "soon" }))
    const refused = yield* dlq(...edit)
    assert.strictEqual(refused.exitCode, 1)
    assert.include(refused.error, "the new value does not match the schema")
    assert.deepStrictEqual(yield* sentIds, [])
    writeFileSync(file, JSON.stringify({ ...entry(0), actor: "bob" }))
    assert.strictEqual((yield* dlq(...edit)).exitCode, 0)
    assert.deepStrictEqual(
      (yield* sent).map(({ actor }) => actor),
      ["bob"]
    )
    const shown = yield* dlq("show", "audit-log", id)
    assert.match(shown.out, /edited {5}by grace at .*\nedit {7}wrong actor: SHA-256 [0-9a-f]{64} → [0-9a-f]{64}/u)
    assert.include((yield* dlq(...edit)).error, "was edited by grace before")
  }).pipe(running)
)

it.effect("says what to do when the topics are not there", () =>
  Effect.gen(function* () {
    const { error, exitCode } = yield* dlq("list", "audit-log")
    assert.strictEqual(exitCode, 1)
    assert.include(error, "Run `millrace topics apply`")
  }).pipe(running)
)
