import { DeadLetterBox } from "@millrace/runtime"
import { Console, Effect, type Layer } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CommandFailed, exitCodes, explained, misused } from "./CommandFailed.ts"
import { purgeLines, replayLines } from "./LetterReport.ts"
import { by, type SelectionFlags, selectionFlags, selectionOf, selectsAll, topic } from "./letterFlags.ts"
import { asJson, printed } from "./printed.ts"

const all = Flag.Boolean("all").pipe(Flag.withDescription("Every letter of the topic"), Flag.withDefault(false))
const dryRun = Flag.Boolean("dry-run").pipe(Flag.withDescription("Only count; change nothing"), Flag.withDefault(false))

/** A selection must be said: nothing is changed by leaving flags out. */
const clearlyMeant = Effect.fnUntraced(function* (flags: SelectionFlags & { readonly all: boolean }) {
  if (flags.all !== selectsAll(flags)) {
    const found = flags.all ? "--all together with other flags" : "nothing"
    const reason = `Found ${found}; expected --all, or some of --group, --id, --key, --workspace, --since, --until.`
    return yield* misused(reason)
  }
  return selectionOf(flags)
})

const rate = Flag.Finite("rate").pipe(
  Flag.filter(
    (perSecond) => perSecond > 0,
    (perSecond) => `Expected a rate above 0 records a second, found ${perSecond}`
  ),
  Flag.withDescription("Records a second at most"),
  Flag.withDefault(100)
)
const quarantineAfter = Flag.Int("quarantine-after").pipe(
  Flag.withDescription("Leave out what came back from this many replays, unless named by --id"),
  Flag.withDefault(2)
)

/** Tells of the progress about once a second. */
const toldEach = (records: number) => {
  let told = 0
  return (replayed: number): Effect.Effect<void> => {
    if (replayed < told + records) return Effect.void
    told = replayed
    return Console.error(`${replayed} sent back so far`)
  }
}

/** `millrace dlq replay`. Exit codes: 0 all that was meant is settled, 4 some was refused or is in quarantine, 1 failed. */
export const replayLetters = <E extends { readonly message: string }>(box: Layer.Layer<DeadLetterBox, E>) =>
  Command.make(
    "replay",
    { json: asJson, topic, ...selectionFlags, all, rate, dryRun, quarantineAfter, by },
    Effect.fnUntraced(
      function* (flags) {
        const selection = yield* clearlyMeant(flags)
        const letterBox = yield* DeadLetterBox
        const report = yield* letterBox.replay(flags.topic, {
          selection,
          perSecond: flags.rate,
          dryRun: flags.dryRun,
          quarantineAfter: flags.quarantineAfter,
          actor: flags.by,
          onProgress: flags.json || flags.dryRun ? () => Effect.void : toldEach(flags.rate)
        })
        yield* printed(flags.json, report, replayLines(report))
        if (report.refused + report.quarantined > 0) {
          return yield* new CommandFailed({ exitCode: exitCodes.notAll, reason: "letters were left out" })
        }
      },
      (effect) => explained(Effect.provide(effect, box))
    )
  ).pipe(
    Command.withDescription(
      "Send dead letters back to their lanes, each once; after a crash run it again (exit code 4: some were left out)"
    )
  )

/** `millrace dlq edit TOPIC ID --value FILE`: sends one letter back with another value. */
export const editLetter = <E extends { readonly message: string }>(box: Layer.Layer<DeadLetterBox, E>) =>
  Command.make(
    "edit",
    {
      json: asJson,
      topic,
      id: Argument.String("id").pipe(Argument.withDescription("Letter, as list shows it")),
      value: Flag.FileText("value").pipe(Flag.withDescription("File with the whole new value as JSON")),
      reason: Flag.String("reason").pipe(Flag.withDescription("Why; kept with the letter")),
      by
    },
    Effect.fnUntraced(
      function* ({ by, id, json, reason, topic, value }) {
        const letterBox = yield* DeadLetterBox
        const report = yield* letterBox.edit(topic, { id, json: value, actor: by, reason })
        const { afterSha256, beforeSha256 } = report.edit
        yield* printed(json, report, [
          `${id} sent back with a new value: SHA-256 ${beforeSha256} → ${afterSha256}`,
          ...(report.overtaking > 0 ? [`It is ahead of ${report.overtaking} older open letters of its key.`] : [])
        ])
      },
      (effect) => explained(Effect.provide(effect, box))
    )
  ).pipe(Command.withDescription("Send one dead letter back with another value, checked against the topic's schema"))

/** `millrace dlq purge`: gives letters up for good. */
export const purgeLetters = <E extends { readonly message: string }>(box: Layer.Layer<DeadLetterBox, E>) =>
  Command.make(
    "purge",
    {
      json: asJson,
      topic,
      ...selectionFlags,
      all,
      dryRun,
      yes: Flag.Boolean("yes").pipe(
        Flag.withDescription("Do it; without this nothing is purged"),
        Flag.withDefault(false)
      ),
      by
    },
    Effect.fnUntraced(
      function* (flags) {
        const selection = yield* clearlyMeant(flags)
        const letterBox = yield* DeadLetterBox
        const dryRun = flags.dryRun || !flags.yes
        const report = yield* letterBox.purge(flags.topic, { selection, dryRun, actor: flags.by })
        yield* printed(flags.json, report, purgeLines(report))
        if (!flags.dryRun && !flags.yes) {
          const reason = "Nothing was purged: a purge can't be taken back. Give --yes to do it."
          yield* Console.error(reason)
          return yield* new CommandFailed({ exitCode: 1, reason })
        }
      },
      (effect) => explained(Effect.provide(effect, box))
    )
  ).pipe(Command.withDescription("Give dead letters up for good (needs --yes)"))
