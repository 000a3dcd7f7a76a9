import { resolve } from "node:path"
import { Option, Schema } from "effect"
import { Flag } from "effect/cli"

/** How fast the feed goes: market seconds per second of the wall, or in lockstep with the monitor. */
export type Speed = number | "max"

const Speed = Schema.Union([Schema.Literal("max"), Schema.FiniteFromString.check(Schema.isGreaterThan(0))])

const Instances = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))

const optional = <A>(flag: Flag.Flag<A>) => Flag.map(Flag.optional(flag), Option.getOrUndefined)

/** The flags of `npm start`. */
export const runFlags = {
  scenario: Flag.String("scenario").pipe(
    optional,
    Flag.withDescription("YAML file with accounts, positions and rules; default examples/crash.yaml")
  ),
  feed: Flag.String("feed").pipe(
    optional,
    Flag.withDescription("CSV file of one-minute candles; default the scenario's feed, else a synthetic crash")
  ),
  speed: Flag.String("speed").pipe(
    Flag.withSchema(Speed),
    optional,
    Flag.withDescription(
      "market seconds per second, or max: the next tick when the one before is worked off; default 4, for a file 600"
    )
  ),
  seed: Flag.Int("seed").pipe(Flag.withDefault(1), Flag.withDescription("seed of the synthetic crash")),
  untilEnd: Flag.Boolean("until-end").pipe(
    Flag.withDefault(false),
    Flag.withDescription("stop after the last tick has been worked off")
  ),
  summary: Flag.String("summary").pipe(optional, Flag.withDescription("JSON file to write the run's summary to")),
  fresh: Flag.Boolean("fresh").pipe(
    Flag.withDefault(false),
    Flag.withDescription("empty the data of Kafka, registry, PostgreSQL and Redis first")
  ),
  single: Flag.Boolean("single").pipe(
    Flag.withDefault(false),
    Flag.withDescription("run all workers in one process instead of one process each")
  ),
  instances: Flag.Int("instances").pipe(
    Flag.withSchema(Instances),
    Flag.withDefault(1),
    Flag.withDescription("processes of margin-monitor and automation-executor each, which share the accounts")
  ),
  plain: Flag.Boolean("plain").pipe(
    Flag.withDefault(false),
    Flag.withDescription("plain lines instead of a live view")
  ),
  data: Flag.String("data").pipe(optional, Flag.withDescription("data folder; default .millrace/default"))
} as const

export interface RunOptions {
  readonly scenario: string | undefined
  readonly feed: string | undefined
  /** Absent: see `speedOf`. */
  readonly speed: Speed | undefined
  readonly seed: number
  readonly untilEnd: boolean
  readonly summary: string | undefined
  readonly fresh: boolean
  readonly single: boolean
  readonly instances: number
  readonly plain: boolean
  readonly data: string | undefined
}

/** Speed of a run that names none: the crash is over in two minutes, a file's day in two and a half. */
export const speedOf = (options: Pick<RunOptions, "speed" | "feed">): Speed =>
  options.speed ?? (options.feed === undefined ? 4 : 600)

const absolute = (file: string | undefined): string | undefined => (file === undefined ? undefined : resolve(file))

/** The flags that start the same run again; emptying the data is not part of it. */
export const flagsOf = (options: RunOptions): ReadonlyArray<string> => {
  const named = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`--${name}`, `${value}`]
  return [
    ...named("scenario", absolute(options.scenario)),
    ...named("feed", absolute(options.feed)),
    ...named("speed", options.speed),
    ...named("seed", options.seed),
    ...named("instances", options.instances),
    ...(options.single ? ["--single"] : [])
  ]
}
