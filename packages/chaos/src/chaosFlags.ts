import { Effect } from "effect"
import { Flag } from "effect/cli"
import { ChaosError } from "./ChaosError.ts"
import type { ChaosOptions } from "./ChaosOptions.ts"
import { type FaultName, faultNames, faultsFor, isFaultName } from "./FaultKind.ts"

/** The flags of `npm run chaos`. */
export const chaosFlags = {
  minutes: Flag.Finite("minutes").pipe(Flag.withDefault(3), Flag.withDescription("time under load and faults")),
  seed: Flag.Int("seed").pipe(Flag.withDefault(1), Flag.withDescription("the same seed gives the same faults")),
  brokers: Flag.Int("brokers").pipe(Flag.withDefault(3), Flag.withDescription("brokers of the cluster: 1 or 3")),
  workers: Flag.Int("workers").pipe(Flag.withDefault(3), Flag.withDescription("worker processes")),
  rate: Flag.Int("rate").pipe(Flag.withDefault(60), Flag.withDescription("records a second")),
  faults: Flag.String("faults").pipe(
    Flag.withDefault(""),
    Flag.withDescription(`kinds of fault, with commas between; default all. ${faultNames.join(", ")}`)
  ),
  keep: Flag.Boolean("keep").pipe(
    Flag.withDefault(false),
    Flag.withDescription("keep logs and journals after a good end, too")
  ),
  data: Flag.String("data").pipe(
    Flag.withDefault(""),
    Flag.withDescription("folder of the run; default .millrace/chaos")
  )
}

type Flags = {
  readonly minutes: number
  readonly seed: number
  readonly brokers: number
  readonly workers: number
  readonly rate: number
  readonly faults: string
  readonly keep: boolean
  readonly data: string
}

const refuse = (problem: string) => Effect.fail(new ChaosError({ step: "options", problem }))

const kindsOf = (names: string, brokers: number): Effect.Effect<ReadonlyArray<FaultName>, ChaosError> => {
  if (names === "") return Effect.succeed(faultsFor(brokers))
  const asked = names.split(",").map((name) => name.trim())
  const unknown = asked.filter((name) => !isFaultName(name))
  return unknown.length > 0
    ? refuse(`unknown faults: ${unknown.join(", ")}; expected some of ${faultNames.join(", ")}`)
    : Effect.succeed(asked.filter(isFaultName))
}

/** Returns the run that the flags ask for. Fails with `ChaosError` when they make no sense. */
export const optionsOf = Effect.fnUntraced(function* (flags: Flags, defaultFolder: string) {
  if (flags.brokers !== 1 && flags.brokers !== 3) return yield* refuse("expected 1 or 3 brokers")
  if (flags.workers < 1 || flags.rate < 1 || flags.minutes <= 0) {
    return yield* refuse("expected at least one worker and one record a second, and some minutes")
  }
  const options: ChaosOptions = {
    seed: flags.seed,
    seconds: Math.round(flags.minutes * 60),
    brokers: flags.brokers,
    workers: flags.workers,
    recordsPerSecond: flags.rate,
    kinds: yield* kindsOf(flags.faults, flags.brokers),
    keep: flags.keep,
    folder: flags.data === "" ? defaultFolder : flags.data
  }
  return options
})
