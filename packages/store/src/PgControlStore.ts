import { PgClient } from "@effect/sql-pg"
import {
  CommandCancel,
  cancelKey,
  covers,
  Pause,
  type PauseScope,
  pauseKey,
  systemWorkspace,
  type TradingMode,
  type TradingScope,
  TradingSwitch,
  tradingKey
} from "@millrace/contracts"
import { Effect, Layer, Schema } from "effect"
import { ControlStore, type DecidedBy, type NamedCommand, type OperatorCommand } from "./ControlStore.ts"
import { cancelNow, commandEntry, controlEntry, formerly, pauseNow, switchNow } from "./decidedControls.ts"
import { StoreError } from "./IntentLedger.ts"
import { Outbox } from "./Outbox.ts"

/** Controls in PostgreSQL. */
export const layerPgControlStore = Layer.effect(
  ControlStore,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const outbox = yield* Outbox

    const selectPauses = Effect.gen(function* () {
      const rows = yield* sql<{ readonly state: unknown }>`select state from controls order by key collate "C"`
      return yield* Effect.forEach(rows, ({ state }) => decodePause(state))
    })
    const selectSwitches = Effect.gen(function* () {
      const rows = yield* sql<{ readonly state: unknown }>`select state from trading_switches order by key collate "C"`
      return yield* Effect.forEach(rows, ({ state }) => decodeSwitch(state))
    })
    const switchOf = (key: string) =>
      sql<{ readonly state: unknown }>`select state from trading_switches where key = ${key}`.pipe(
        Effect.flatMap(([row]) => (row === undefined ? Effect.succeed(undefined) : decodeSwitch(row.state)))
      )

    /** One change of controls at a time, so that the outbox has the order of the commits. */
    const changing = <A, E>(operation: string, change: Effect.Effect<A, E>) =>
      sql`select pg_advisory_xact_lock(hashtextextended(current_schema() || '.controls', 0))`.pipe(
        Effect.andThen(change),
        sql.withTransaction,
        Effect.mapError((cause) => (cause instanceof StoreError ? cause : new StoreError({ operation, cause })))
      )

    const pause = Effect.fn("ControlStore.pause")(function* (scope: PauseScope, by: DecidedBy) {
      const value = yield* pauseNow(scope, by)
      const key = pauseKey(scope)
      const former = (yield* selectPauses).find((one) => pauseKey(one) === key)
      yield* sql`insert into controls (key, state) values (${key}, ${sql.json(value)})
        on conflict (key) do update set state = excluded.state, updated_at = now()`
      yield* outbox.append([controlEntry(by.actor, key, value, former)])
      return value
    })

    const resume = Effect.fn("ControlStore.resume")(function* (scope: PauseScope, actor: string) {
      const ended = (yield* selectPauses).filter((one) => covers(scope, one))
      for (const one of ended) yield* sql`delete from controls where key = ${pauseKey(one)}`
      yield* outbox.append(ended.map((one) => controlEntry(actor, pauseKey(one), undefined, one)))
      return ended
    })

    const turn = Effect.fn("ControlStore.switch")(function* (
      scope: TradingScope,
      mode: Exclude<TradingMode, "ACTIVE">,
      by: DecidedBy
    ) {
      const value = yield* switchNow(scope, mode, by)
      const key = tradingKey(scope)
      const former = yield* switchOf(key)
      yield* sql`insert into trading_switches (key, state) values (${key}, ${sql.json(value)})
        on conflict (key) do update set state = excluded.state, updated_at = now()`
      yield* outbox.append([controlEntry(by.actor, key, value, former, formerly(former))])
      return value
    })

    const lift = Effect.fn("ControlStore.lift")(function* (scope: TradingScope, by: DecidedBy) {
      const key = tradingKey(scope)
      const former = yield* switchOf(key)
      if (former === undefined) return undefined
      yield* sql`delete from trading_switches where key = ${key}`
      yield* outbox.append([controlEntry(by.actor, key, undefined, former, formerly(former, by.reason))])
      return former
    })

    const cancel = Effect.fn("ControlStore.cancelCommand")(function* (command: NamedCommand, by: DecidedBy) {
      const value = yield* cancelNow(command, by)
      const rows = yield* sql<{ readonly state: unknown; readonly added: boolean }>`
        insert into command_cancels (command_id, state) values (${command.commandId}, ${sql.json(value)})
        on conflict (command_id) do update set state = command_cancels.state
        returning state, (xmax = 0) as added`
      const { commandId, workspaceId = systemWorkspace } = command
      if (rows[0]?.added === true)
        yield* outbox.append([{ ...controlEntry(by.actor, cancelKey(commandId), value), workspaceId }])
      return yield* decodeCancel(rows[0]?.state)
    })

    const repeat = Effect.fn("ControlStore.repeatCommand")(function* (
      command: OperatorCommand,
      workspaceId: string,
      reason?: string
    ) {
      const known = yield* sql`select 1 from outbox
        where topic = 'automation-commands' and value ->> 'commandId' = ${command.commandId} limit 1`
      if (known.length > 0) return false
      yield* outbox.append([commandEntry(command, workspaceId, reason)])
      return true
    })

    const forget = Effect.fn("ControlStore.forgetCancels")(function* (olderThanMs: number) {
      const rows = yield* sql<{ readonly commandId: string }>`delete from command_cancels
        where created_at < now() - ${olderThanMs}::float8 * interval '1 ms' returning command_id as "commandId"`
      yield* outbox.append(rows.map(({ commandId }) => controlEntry("control-api", cancelKey(commandId), undefined)))
      return rows.length
    })

    const untold = sql<{ readonly entries: number }>`select count(*)::integer as entries from outbox
      where published_at is null and topic in ('controls', 'automation-commands')`
    const reading = <A, E>(operation: string, self: Effect.Effect<A, E>) =>
      Effect.mapError(self, (cause) => new StoreError({ operation, cause }))

    return ControlStore.of({
      pause: (scope, by) => changing(`pause ${scope.topic}`, pause(scope, by)),
      resume: (scope, actor) => changing(`resume ${scope.topic}`, resume(scope, actor)),
      pauses: reading("read controls", selectPauses),
      switch: (scope, mode, by) => changing(`set trading to ${mode}`, turn(scope, mode, by)),
      lift: (scope, by) => changing("resume trading", lift(scope, by)),
      switches: reading("read the trading switches", selectSwitches),
      cancelCommand: (command, by) => changing(`withdraw command ${command.commandId}`, cancel(command, by)),
      repeatCommand: (command, workspaceId, reason) =>
        changing(`send command ${command.operator.commandId} anew`, repeat(command, workspaceId, reason)),
      forgetCancels: (olderThanMs) => changing("forget withdrawn commands", forget(olderThanMs)),
      untold: reading(
        "count what was not told",
        Effect.map(untold, (rows) => rows[0]?.entries ?? 0)
      )
    })
  })
)

const decodePause = Schema.decodeUnknownEffect(Pause)
const decodeSwitch = Schema.decodeUnknownEffect(TradingSwitch)
const decodeCancel = Schema.decodeUnknownEffect(CommandCancel)
