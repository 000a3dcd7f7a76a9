import { assert, layer as describeLayer } from "@effect/vitest"
import { CommandList, type ListedCommand } from "@millrace/store"
import { Effect, type Layer } from "effect"

const entry = (id: string, changes: Partial<ListedCommand> = {}): Omit<ListedCommand, "sinceMs"> => ({
  commandId: id,
  workspaceId: "workspace-1",
  accountId: `account-${id.split(".")[0]}`,
  ruleId: "rule-1",
  positionId: `position-${id}`,
  action: "close_position",
  status: "pending",
  reason: "rateLimited",
  detail: "again in 700 ms",
  byHand: "close it at the exchange",
  retryAtMs: 700.5,
  command: { commandId: id, action: { _tag: "close_position" } },
  updatedAtMs: 1000.25,
  ...changes
})

const idsOf = (listed: ReadonlyArray<ListedCommand>) => listed.map(({ commandId }) => commandId)

/** What every list of commands promises; each test has an account of its own. */
export const commandListSuite = <E>(name: string, list: Layer.Layer<CommandList, E>): void =>
  describeLayer(list)(`command list: ${name}`, (it) => {
    it.effect("keeps a command as it was put, and forgets one that was carried out", () =>
      Effect.gen(function* () {
        const commands = yield* CommandList
        assert.isTrue(yield* commands.put(entry("kept.1")))
        assert.deepStrictEqual(yield* commands.find("kept.1"), { ...entry("kept.1"), sinceMs: 1000.25 })
        const bare = entry("kept.2", { positionId: undefined, retryAtMs: undefined })
        yield* commands.put(bare)
        assert.deepStrictEqual(yield* commands.find("kept.2"), { ...bare, sinceMs: 1000.25 })
        yield* commands.remove("kept.1")
        assert.isUndefined(yield* commands.find("kept.1"))
      })
    )

    it.effect("says whether the status or reason is new, and since when it stands so", () =>
      Effect.gen(function* () {
        const commands = yield* CommandList
        yield* commands.put(entry("since.1"))
        assert.isFalse(yield* commands.put(entry("since.1", { detail: "again in 900 ms", updatedAtMs: 2000 })))
        assert.deepInclude(yield* commands.find("since.1"), {
          detail: "again in 900 ms",
          sinceMs: 1000.25,
          updatedAtMs: 2000
        })
        assert.isFalse(yield* commands.put(entry("since.1", { updatedAtMs: 1000.25 })), "also at the same instant")
        assert.isTrue(yield* commands.put(entry("since.1", { reason: "signature_window", updatedAtMs: 3000 })))
        assert.isTrue(
          yield* commands.put(entry("since.1", { status: "refused", reason: "expired", updatedAtMs: 4000 }))
        )
        assert.deepInclude(yield* commands.find("since.1"), { status: "refused", sinceMs: 4000 })
      })
    )

    it.effect("lists by status and account, what has stood longest first, up to a limit", () =>
      Effect.gen(function* () {
        const commands = yield* CommandList
        yield* commands.put(entry("listed.b", { updatedAtMs: 20 }))
        yield* commands.put(entry("listed.a", { updatedAtMs: 30, status: "unknown" }))
        yield* commands.put(entry("listed.c", { updatedAtMs: 10, status: "refused" }))
        yield* commands.put(entry("other.a", { updatedAtMs: 5, status: "unknown" }))
        const accountId = "account-listed"
        assert.deepStrictEqual(idsOf(yield* commands.list({ accountId, limit: 9 })), [
          "listed.c",
          "listed.b",
          "listed.a"
        ])
        assert.deepStrictEqual(idsOf(yield* commands.list({ accountId, limit: 2 })), ["listed.c", "listed.b"])
        assert.deepStrictEqual(idsOf(yield* commands.list({ accountId, status: "unknown", limit: 9 })), ["listed.a"])
        assert.includeMembers(idsOf(yield* commands.list({ status: "unknown", limit: 99 })), ["other.a", "listed.a"])
      })
    )

    it.effect("lists and counts those of one workspace only, whatever else is asked", () =>
      Effect.gen(function* () {
        const commands = yield* CommandList
        const [one, other] = ["workspace-one", "workspace-other"]
        yield* commands.put(entry("tenant.a", { workspaceId: one, status: "unknown" }))
        yield* commands.put(entry("tenant.b", { workspaceId: other, status: "unknown" }))
        yield* commands.put(entry("tenant.c", { workspaceId: one, status: "refused" }))
        const ofOne = (more: object) =>
          Effect.map(commands.list({ workspaceId: one, limit: 9, ...more }), (found) => idsOf(found))
        assert.deepStrictEqual(yield* ofOne({}), ["tenant.a", "tenant.c"])
        assert.deepStrictEqual(yield* ofOne({ status: "unknown" }), ["tenant.a"])
        assert.deepStrictEqual(yield* ofOne({ accountId: "account-tenant", status: "refused" }), ["tenant.c"])
        assert.deepStrictEqual(yield* ofOne({ accountId: "account-other" }), [])
        assert.deepStrictEqual(yield* commands.counts(one), { pending: 0, unknown: 1, refused: 1, failed: 0 })
        assert.deepStrictEqual(yield* commands.counts("workspace-none"), {
          pending: 0,
          unknown: 0,
          refused: 0,
          failed: 0
        })
      })
    )

    it.effect("forgets what ended long ago, and nothing that still needs somebody", () =>
      Effect.gen(function* () {
        const commands = yield* CommandList
        for (const status of ["pending", "unknown", "refused", "failed"] as const) {
          yield* commands.put(entry(`old.${status}`, { status, updatedAtMs: -10 }))
        }
        yield* commands.put(entry("old.young", { status: "refused", updatedAtMs: 1 }))
        assert.strictEqual(yield* commands.forget(0), 2)
        assert.deepStrictEqual(idsOf(yield* commands.list({ accountId: "account-old", limit: 9 })), [
          "old.pending",
          "old.unknown",
          "old.young"
        ])
      })
    )
  })
