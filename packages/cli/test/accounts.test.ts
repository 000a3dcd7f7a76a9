import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Credentials } from "@millrace/store"
import { Effect, FileSystem, Redacted } from "effect"
import { add, live, run, runIn, type Surroundings, stored } from "./accountFixtures.ts"

const secretsOf = (key: string): Surroundings => ({ stdin: JSON.stringify({ key, secret: "s3cret", passphrase: "p" }) })

it.effect("adds an account that is off until its credentials are stored, shows it, and changes it", () =>
  Effect.gen(function* () {
    const added = yield* add("acc-1", "--name", "Main")
    assert.strictEqual(added.exitCode, 0, added.error)
    assert.include(added.out, "added: acc-1  simulator  workspace w  inactive")
    assert.include((yield* run("accounts", "activate", "acc-1")).error, "acc-1 has no credentials")
    const set = yield* runIn(secretsOf("good"), "accounts", "credentials", "set", "acc-1", "--stdin")
    assert.include(set.out, "accepted: acc-1 is name-of-acc-1 at the exchange (simulator), balance 7 sats")
    assert.strictEqual((yield* run("accounts", "activate", "acc-1")).out, "activated: acc-1")
    assert.strictEqual((yield* run("accounts", "list")).out, "acc-1  simulator  workspace w  acts")
    yield* run("accounts", "update", "acc-1", "--warning", "0.7", "--dry-run", "on")
    assert.deepInclude(yield* stored("acc-1"), { name: "Main", warningThreshold: 0.7, dryRun: true, active: true })
    assert.include((yield* run("accounts", "show", "acc-1")).out, "levels       warning 0.7, critical 0.9")
    assert.notInclude((yield* run("accounts", "show", "acc-1", "--json")).out, "s3cret")
    assert.include((yield* run("accounts", "deactivate", "acc-1")).out, "! their open positions are not guarded")
  }).pipe(live)
)

it.effect("sets and removes an account's caps, and refuses what is no limit", () =>
  Effect.gen(function* () {
    yield* add("acc-1")
    const set = yield* run("accounts", "caps", "acc-1", "--order-quantity", "500", "--hour-orders", "3")
    assert.include(set.out, "one order, USD: 500")
    yield* run("accounts", "caps", "acc-1", "--order-quantity", "none")
    assert.deepStrictEqual((yield* stored("acc-1"))?.caps, { hourOrders: 3 })
    const wrong = yield* run("accounts", "caps", "acc-1", "--add-margin", "0")
    assert.deepStrictEqual([wrong.exitCode, (yield* stored("acc-1"))?.caps], [1, { hourOrders: 3 }])
  }).pipe(live)
)

/**
 * @guarantee operation: Credentials are checked at the exchange before they are stored: right, of this network, with enough rights
 * @how the command signs in with them; when the exchange says no, nothing is stored; rights to withdraw are warned of
 */
it.effect(
  "stores nothing when the exchange refuses the credentials or the rights are too few, unless told not to ask",
  () =>
    Effect.gen(function* () {
      yield* add("acc-1")
      const cases = [
        ["wrong", "refuses key, secret or passphrase: Signature is not valid"],
        ["readOnly", "the key lacks the right futures:isolated:write"],
        ["down", "Nothing was stored: try again once the exchange answers"]
      ] as const
      for (const [key, said] of cases) {
        const { error, exitCode } = yield* runIn(secretsOf(key), "accounts", "credentials", "set", "acc-1", "--stdin")
        assert.strictEqual(exitCode, 1)
        assert.include(error, said)
        assert.notInclude(error, "s3cret")
      }
      assert.include((yield* run("accounts", "check", "acc-1")).error, "has no exchange credentials")
      const set = ["accounts", "credentials", "set", "acc-1", "--stdin"]
      assert.include((yield* runIn(secretsOf("wrong"), ...set, "--unchecked")).out, "~ not checked")
      const checked = yield* run("accounts", "check", "acc-1", "--json")
      assert.deepInclude(JSON.parse(checked.out), { accepted: false, warnings: [] })
      assert.strictEqual(checked.exitCode, 1)
      assert.include((yield* runIn(secretsOf("silent"), ...set)).out, "does not tell what the key may do")
    }).pipe(live)
)

/** @guarantee operation: Credentials are checked at the exchange before they are stored: right, of this network, with enough rights */
it.effect("warns of rights that are more than needed, and refuses another network's address", () =>
  Effect.gen(function* () {
    yield* add("acc-1")
    const set = ["accounts", "credentials", "set", "acc-1", "--stdin"]
    assert.include(
      (yield* runIn(secretsOf("broad"), ...set)).out,
      "~ the key has the right *, which Millrace never needs"
    )
    const mainnet = { ...secretsOf("good"), env: { EXCHANGE_REST_URL: "https://api.lnmarkets.com/v3" } }
    const refused = yield* runIn(mainnet, ...set)
    assert.include(refused.error, "of the network simulator, but EXCHANGE_REST_URL (api.lnmarkets.com) is of mainnet")
    const testnet = { ...secretsOf("good"), env: { EXCHANGE_REST_URL: "https://api.signet.lnmarkets.com/v3" } }
    assert.include((yield* runIn(testnet, ...set)).error, "is of testnet")
  }).pipe(live)
)

it.effect("reads credentials from a file, from lines and from variables, and finds what is empty or missing", () =>
  Effect.gen(function* () {
    yield* add("acc-1")
    const set = ["accounts", "credentials", "set", "acc-1"]
    const key = Effect.map(
      Effect.flatMap(Credentials, (store) => store.find("acc-1")),
      (found) => Redacted.value(found).key
    )
    const files = yield* FileSystem.FileSystem
    const file = `${yield* files.makeTempDirectoryScoped()}/key`
    yield* files.writeFileString(file, "key=silent\nsecret=a=b\npassphrase = p\n")
    yield* run(...set, "--file", file)
    assert.strictEqual(yield* key, "silent")
    const env = { ACC_KEY: "good", ACC_SECRET: "s3cret", ACC_PASSPHRASE: "p" }
    yield* runIn({ env }, ...set, "--env", "ACC")
    assert.strictEqual(yield* key, "good")
    const wrong = [
      [yield* run(...set), "Name one source"],
      [yield* runIn({ env: { ...env, ACC_SECRET: "" } }, ...set, "--env", "ACC"), "ACC_SECRET"],
      [yield* runIn({ stdin: "key=a\nsecret=\npassphrase=p" }, ...set, "--stdin"), "empty key, secret or passphrase"],
      [yield* runIn({ stdin: "key=a" }, ...set, "--stdin"), "no secret, no passphrase"],
      [yield* run(...set, "--file", `${file}-absent`), "can't be read"]
    ] as const
    for (const [{ error, exitCode }, said] of wrong) {
      assert.isAbove(exitCode, 0)
      assert.include(error, said)
    }
    assert.strictEqual(yield* key, "good")
  }).pipe(live, Effect.provide(NodeServices.layer))
)

/**
 * @guarantee operation: A mainnet account acts only once somebody has armed it, who typed its id again
 * @how `accounts arm` alone sets it; a new account never has it
 */
it.effect("arms a mainnet account only for who types its id again, and disarms it at once", () =>
  Effect.gen(function* () {
    yield* run("accounts", "add", "acc-m", "--workspace", "w", "--user", "u", "--network", "mainnet")
    assert.include((yield* run("accounts", "arm", "acc-m", "--yes")).error, "acc-m has no credentials")
    const set = ["accounts", "credentials", "set", "acc-m", "--stdin", "--unchecked"]
    assert.include((yield* runIn(secretsOf("good"), ...set)).out, "next: millrace accounts arm acc-m")
    const mistyped = yield* runIn({ stdin: "acc-x\n" }, "accounts", "arm", "acc-m")
    assert.strictEqual(mistyped.exitCode, 1)
    assert.isUndefined((yield* stored("acc-m"))?.armed)
    assert.strictEqual((yield* runIn({ stdin: "acc-m\n" }, "accounts", "arm", "acc-m")).exitCode, 0)
    assert.isTrue((yield* stored("acc-m"))?.armed)
    yield* run("accounts", "disarm", "acc-m")
    assert.isFalse((yield* stored("acc-m"))?.armed)
    yield* add("acc-s")
    assert.include((yield* run("accounts", "arm", "acc-s", "--yes")).error, "only mainnet accounts are armed")
  }).pipe(live)
)

it.effect("says which accounts there are for an unknown one, and refuses levels that can't be", () =>
  Effect.gen(function* () {
    assert.include((yield* run("accounts", "show", "acc")).error, "There is no account acc, and no other.")
    yield* add("acc-1")
    assert.include((yield* run("accounts", "show", "ac-1")).error, "Do you mean acc-1?")
    assert.include((yield* add("acc-1")).error, "is there already")
    assert.include((yield* run("accounts", "update", "acc-1", "--critical", "0.5")).error, "0 < warning < critical ≤ 1")
    assert.include((yield* run("accounts", "update", "acc-1")).error, "Nothing to change")
  }).pipe(live)
)
