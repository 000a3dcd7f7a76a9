import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { defaultTopicsPath, SchemaRegistry, TopicsFile } from "@millrace/contracts"
import { MemoryKafka } from "@millrace/kafka"
import { Effect } from "effect"
import { replayCommand } from "../src/replayCommand.ts"
import { runCommand } from "./runMillrace.ts"

const example = (name: string) => fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url))
const market = ["--feed", example("candles/btcusd-1m.csv"), "--scenario", example("candles/scenario.yaml")]

/** A broker without a single topic; files need none. */
const absent = MemoryKafka.layer

const run = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  return yield* runCommand(replayCommand(absent, SchemaRegistry.layer, TopicsFile.layerFile(defaultTopicsPath)), args)
})

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "it-replay-"))),
  (made) => Effect.sync(() => rmSync(made, { recursive: true }))
)

it.effect("replays a file, and writes the same log each time", () =>
  Effect.gen(function* () {
    const [one, other] = [yield* folder, yield* folder]
    const first = yield* run(...market, "--out", one)
    assert.strictEqual(first.exitCode, 0)
    assert.match(first.out, /^candles of .*btcusd-1m\.csv: 708 ticks/u)
    assert.match(first.out, /5 acts:/u)
    const second = yield* run(...market, "--json", "--out", other)
    const log = readFileSync(join(one, "decisions.jsonl"), "utf8")
    assert.strictEqual(readFileSync(join(other, "decisions.jsonl"), "utf8"), log)
    assert.strictEqual(JSON.parse(second.out).runs[0].logEntries, log.trimEnd().split("\n").length)
  })
)

it.effect("compares the rules of the example as its README says", () =>
  Effect.gen(function* () {
    const rules = ["--rules", example("replay/rules-now.yaml"), "--against", example("replay/rules-next.yaml")]
    const { exitCode, out } = yield* run(...market, ...rules)
    assert.strictEqual(exitCode, 1)
    assert.match(out, /rules-now against rules-next/u)
    assert.match(out, /careful-closes on careful-10x\n +rules-now .*close: completed \(done\) at .*\n +rules-next /u)
    assert.match(
      out,
      /bold-adds on bold-20x\n +rules-now .*add 60000 sats.*\n +rules-next .*(add 120000 sats|does not act)/u
    )
  })
)

it.effect("tells by its exit code whether two sets of rules decide the same", () =>
  Effect.gen(function* () {
    const rules = join(yield* folder, "rules.yaml")
    const guard = (threshold: number) =>
      `rules:\n  - { id: g, account: careful, kind: margin_guard, threshold: ${threshold}, action: close_position }`
    writeFileSync(rules, guard(0.6))
    const other = rules.replace("rules.yaml", "other.yaml")
    writeFileSync(other, guard(0.5))
    const same = yield* run(...market, "--rules", rules, "--against", rules)
    assert.strictEqual(same.exitCode, 0)
    assert.include(same.out, "The same: ")
    const different = yield* run(...market, "--rules", rules, "--against", other)
    assert.strictEqual(different.exitCode, 1)
    assert.match(different.out, /Different: \d+ happenings, 1 of them acts/u)
    assert.match(different.out, /careful +-\d+ +-\d+ +\+\d+/u)
    assert.strictEqual(different.error, "")
  })
)

it.effect("refuses what it can't use with exit code 2, and says where", () =>
  Effect.gen(function* () {
    const wrong = join(yield* folder, "wrong.yaml")
    writeFileSync(
      wrong,
      "rules:\n  - { id: g, account: nobody, kind: margin_guard, threshold: 0.5, action: close_position }"
    )
    const cases = [
      [yield* run(), /give --scenario FILE, with --feed FILE for the prices of a file, or --from TIME/u],
      [yield* run("--from", "yesterday"), /--from: Expected a time/u],
      [yield* run("--from=-1h", "--to=-2h"), /--to is not after --from/u],
      [yield* run("--from=-1h"), /A setting is missing or wrong: .*SCHEMA_REGISTRY_URL/u],
      [yield* run("--from=-1h", ...market), /leave --feed and --scenario out/u],
      [yield* run("--feed", "/absent.csv", "--scenario", wrong), /absent\.csv can't be read/u],
      [yield* run("--feed", wrong, ...market.slice(2)), /wrong\.yaml:1: found "rules:", expected the header/u],
      [
        yield* run(...market, "--against", wrong),
        /wrong\.yaml: rule "g" names account "nobody", expected one of careful/u
      ]
    ] as const
    for (const [{ error, exitCode, out }, said] of cases) {
      assert.match(error, said)
      assert.strictEqual(exitCode, 2)
      assert.strictEqual(out, "")
    }
  })
)
