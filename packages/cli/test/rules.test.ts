/** `millrace rules`: files of rules, and single ones. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { add, live, run } from "./accountFixtures.ts"

const rulesFile = Effect.fnUntraced(function* (text: string) {
  const files = yield* FileSystem.FileSystem
  const file = `${yield* files.makeTempDirectoryScoped()}/rules.yaml`
  yield* files.writeFileString(file, text)
  return file
})

/**
 * @guarantee protection: A new rule starts in dry run, and leaves it only by an explicit word
 * @how `--live` or `millrace rules dry-run off`; a file's `dry_run: false` alone changes nothing
 */
it.effect("applies a file of rules: shows the difference, starts new ones in dry run, and stores what changed", () =>
  Effect.gen(function* () {
    yield* add("acc-1")
    const guard = (threshold: number) =>
      `rules: [{ id: g-1, account: acc-1, kind: margin_guard, margin_threshold: ${threshold}, action: close_position, dry_run: false }]`
    const file = yield* rulesFile(guard(0.9))
    const planned = yield* run("rules", "apply", file, "--plan")
    assert.strictEqual(planned.exitCode, 4)
    assert.strictEqual((yield* run("rules", "list")).out, "There is no rule.")
    const applied = yield* run("rules", "apply", file)
    assert.deepStrictEqual(applied.out.split("\n"), [
      "+ g-1  new, margin_guard of acc-1, dry run",
      "    stays in dry run: --live, or `millrace rules dry-run off g-1`, lets it act",
      "1 new, 0 changed, 0 unchanged."
    ])
    assert.include((yield* run("rules", "apply", file)).out, "0 new, 0 changed, 1 unchanged.")
    const changed = yield* run("rules", "apply", yield* rulesFile(guard(0.8)), "--live")
    assert.include(changed.out, "    threshold: 0.9 → 0.8")
    assert.include(changed.out, "    dryRun: true → false")
    assert.include((yield* run("rules", "list")).out, "margin_loss ≥ 0.8 → close_position  live  version 2")
  }).pipe(live, Effect.provide(NodeServices.layer))
)

it.effect("adds, changes, switches and removes single rules", () =>
  Effect.gen(function* () {
    yield* add("acc-1")
    const entry = [
      "--set",
      "account=acc-1",
      "--set",
      "kind=auto_entry",
      "--set",
      "side=b",
      "--set",
      "quantity=100",
      "--set",
      "trigger_price=50000"
    ]
    const added = yield* run("rules", "add", "e-1", ...entry)
    assert.include(added.out, "+ e-1  new, auto_entry of acc-1, dry run")
    assert.include((yield* run("rules", "list")).out, "price ≤ 50000 → buy 100 USD, leverage 10  dry run")
    assert.include((yield* run("rules", "add", "e-1", ...entry)).error, "is there already")
    const updated = yield* run("rules", "update", "e-1", "--set", "leverage=5", "--set", "trigger_price=")
    assert.include(updated.out, "leverage: 10 → 5")
    assert.include(updated.out, "triggerPriceUsd: 50000 → none")
    const wrong = yield* run("rules", "update", "e-1", "--set", "leverage=500")
    assert.strictEqual(wrong.error, 'leverage of rule "e-1": found 500, expected 1 to 100\nNothing was stored.')
    assert.include((yield* run("rules", "dry-run", "off", "e-1")).out, "live")
    assert.include((yield* run("rules", "disable", "e-1")).out, "disabled")
    assert.include((yield* run("rules", "show", "e-1")).out, "  enabled: false")
    assert.include((yield* run("rules", "remove", "x-1")).error, "Do you mean e-1?")
    assert.strictEqual((yield* run("rules", "remove", "e-1")).out, "removed: e-1")
    assert.strictEqual((yield* run("rules", "list")).out, "There is no rule.")
  }).pipe(live)
)

it.effect("stores nothing of a file in which one rule is wrong, or of another account", () =>
  Effect.gen(function* () {
    yield* add("acc-1")
    yield* add("acc-2")
    const good =
      "rules:\n- { id: g-1, account: acc-1, kind: margin_guard, margin_threshold: 0.9, action: close_position }\n"
    const bad = yield* run(
      "rules",
      "apply",
      yield* rulesFile(`${good}- { id: g-2, kind: margin_guard, threshold: 1 }\n`)
    )
    assert.strictEqual(bad.exitCode, 1)
    assert.match(bad.error, /rules.yaml:3:3: rules.1.account: found nothing/u)
    assert.strictEqual((yield* run("rules", "list")).out, "There is no rule.")
    yield* run("rules", "apply", yield* rulesFile(good))
    const moved = yield* run("rules", "apply", yield* rulesFile(good.replace("acc-1", "acc-2")))
    assert.deepStrictEqual([moved.exitCode, moved.out.includes("belongs to another account")], [1, true])
    const orphan = yield* run("rules", "apply", yield* rulesFile(good.replace("g-1", "g-9").replace("acc-1", "acc-9")))
    assert.include(orphan.error, "Account acc-9")
  }).pipe(live, Effect.provide(NodeServices.layer))
)
