import type { DeadLetterSelection } from "@millrace/runtime"
import { Config, Option } from "effect"
import { Argument, Flag } from "effect/cli"

export const topic = Argument.String("topic").pipe(Argument.withDescription("Topic as topics.yaml names it"))

/** Flags that say which letters are meant; all that are given must hold. */
export const selectionFlags = {
  group: Flag.String("group").pipe(Flag.withDescription("Fingerprint of one cause, as list shows it"), Flag.optional),
  id: Flag.String("id").pipe(Flag.withDescription("One letter; may be given several times"), Flag.atLeast(0)),
  key: Flag.String("key").pipe(Flag.withDescription("Letters of one key"), Flag.optional),
  workspace: Flag.String("workspace").pipe(Flag.withDescription("Letters of one workspace"), Flag.optional),
  since: Flag.Date("since").pipe(
    Flag.withDescription("Failed at or after this time (2026-01-31T08:00Z)"),
    Flag.optional
  ),
  until: Flag.Date("until").pipe(Flag.withDescription("Failed before this time"), Flag.optional)
}

/** What the flags of a selection give. */
export interface SelectionFlags {
  readonly group: Option.Option<string>
  readonly id: ReadonlyArray<string>
  readonly key: Option.Option<string>
  readonly workspace: Option.Option<string>
  readonly since: Option.Option<Date>
  readonly until: Option.Option<Date>
}

/** Who asks, for the marks of what is changed. */
export const by = Flag.String("by").pipe(
  Flag.withDescription("Who does it, kept with each letter; default the user of this session"),
  Flag.withFallbackConfig(Config.String("USER")),
  Flag.withDefault("unknown")
)

/** Returns the selection that the flags describe. */
export const selectionOf = (flags: SelectionFlags): DeadLetterSelection => ({
  ...(flags.id.length > 0 ? { ids: new Set(flags.id) } : {}),
  ...given("fingerprint", flags.group),
  ...given("key", flags.key),
  ...given("workspaceId", flags.workspace),
  ...given(
    "sinceMs",
    Option.map(flags.since, (time) => time.getTime())
  ),
  ...given(
    "untilMs",
    Option.map(flags.until, (time) => time.getTime())
  )
})

/** Whether the flags narrow anything down. */
export const selectsAll = (flags: SelectionFlags): boolean => Object.keys(selectionOf(flags)).length === 0

const given = <K extends string, A>(name: K, value: Option.Option<A>): Partial<Record<K, A>> =>
  (Option.isSome(value) ? { [name]: value.value } : {}) as Partial<Record<K, A>>
