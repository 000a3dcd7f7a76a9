import { DeadLetterBox, type DeadLetterCursor, type LetterState } from "@millrace/runtime"
import { Effect, type Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { explained } from "./CommandFailed.ts"
import { countLines, cursorText, groupLines, letterJson, pageLines, shownJson, shownLines } from "./LetterReport.ts"
import { selectionFlags, selectionOf, topic } from "./letterFlags.ts"
import { asJson, printed } from "./printed.ts"

const states = ["open", "quarantined", "replayed", "edited", "purged"] as const satisfies ReadonlyArray<LetterState>

const cursor = Flag.String("from").pipe(
  Flag.withDescription("With --letters: where the page before ended (PARTITION/OFFSET)"),
  Flag.filterMap(
    (text) => {
      const [, partition, offset] = /^(\d+)\/(\d+)$/u.exec(text) ?? []
      return partition === undefined
        ? Option.none<DeadLetterCursor>()
        : Option.some({ partition: Number(partition), offset: Number(offset) })
    },
    (text) => `Expected PARTITION/OFFSET, found ${text}`
  ),
  Flag.optional
)

/** `millrace dlq list [TOPIC]`: topics with dead letters, the groups of a topic, or its letters page by page. */
export const listLetters = <E extends { readonly message: string }>(box: Layer.Layer<DeadLetterBox, E>) =>
  Command.make(
    "list",
    {
      json: asJson,
      topic: Argument.optional(topic),
      ...selectionFlags,
      letters: Flag.Boolean("letters").pipe(
        Flag.withDescription("Show letters instead of groups"),
        Flag.withDefault(false)
      ),
      state: Flag.Literals("state", states).pipe(
        Flag.withDescription("With --letters: only those in this state"),
        Flag.optional
      ),
      limit: Flag.Int("limit").pipe(Flag.withDescription("With --letters: how many"), Flag.withDefault(50)),
      from: cursor
    },
    Effect.fnUntraced(
      function* (flags) {
        const letterBox = yield* DeadLetterBox
        const { from, json, limit, state } = flags
        if (Option.isNone(flags.topic)) {
          const counts = yield* letterBox.counts
          return yield* printed(json, counts, countLines(counts))
        }
        const selection = selectionOf(flags)
        if (!flags.letters) {
          const groups = yield* letterBox.groups(flags.topic.value, selection)
          return yield* printed(json, groups, groupLines(groups))
        }
        const page = yield* letterBox.page(flags.topic.value, {
          selection,
          limit,
          ...(Option.isSome(state) ? { states: new Set([state.value]) } : {}),
          ...(Option.isSome(from) ? { from: from.value } : {})
        })
        const next = page.next === undefined ? null : cursorText(page.next)
        yield* printed(json, { letters: page.letters.map(letterJson), next }, pageLines(page))
      },
      (effect) => explained(Effect.provide(effect, box))
    )
  ).pipe(Command.withDescription("List topics with dead letters; of one topic its causes, or its letters"))

/** `millrace dlq show TOPIC ID`: one letter with cause, value and what became of it. */
export const showLetter = <E extends { readonly message: string }>(box: Layer.Layer<DeadLetterBox, E>) =>
  Command.make(
    "show",
    { json: asJson, topic, id: Argument.String("id").pipe(Argument.withDescription("Letter, as list shows it")) },
    Effect.fnUntraced(
      function* ({ id, json, topic }) {
        const letterBox = yield* DeadLetterBox
        const shown = yield* letterBox.show(topic, id)
        yield* printed(json, shownJson(shown), shownLines(shown))
      },
      (effect) => explained(Effect.provide(effect, box))
    )
  ).pipe(Command.withDescription("Show one dead letter with its cause, value and headers"))
