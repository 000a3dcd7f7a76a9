// Foreign boundary: the command `npm run simulate`; its arguments, its output and the wall clock of `--minutes`.
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { describeFault } from "./FaultPlan.ts"
import { type FailedSeed, planOf, trySeed, type World } from "./World.ts"
import { worlds } from "./worlds.ts"

/** Events shown before the place where a history breaks a promise; the whole history is in a file. */
const eventsShown = 40

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    seed: { type: "string" },
    world: { type: "string" },
    minutes: { type: "string" },
    help: { type: "boolean", default: false }
  }
})

const usage = `npm run simulate -- [--seeds N] [--seed S] [--world NAME] [--minutes M]

  --seeds N     seeds 1 to N of each world (default 1000)
  --seed S      only this seed; with --seeds, N seeds from S on
  --world NAME  only this world: ${worlds.map(({ name }) => name).join(", ")}
  --minutes M   stop after M minutes, shared by the worlds; a world without any seed run is a failure

${worlds.map(({ about, name }) => `  ${name}: ${about}`).join("\n")}`

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  console.error(`--${name} is ${text}; expected a whole number above 0`)
  process.exit(2)
}

const positiveNumber = (name: string, text: string): number => {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  console.error(`--${name} is ${text}; expected a number above 0`)
  process.exit(2)
}

const printFailure = (failed: FailedSeed, index: number): void => {
  const folder = join(".millrace", "simulation")
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${failed.world}-${failed.seed}.jsonl`)
  const events = failed.run?.history.events ?? []
  writeFileSync(file, `${events.map((event) => JSON.stringify(event)).join("\n")}\n`)
  const first = failed.violations[0]
  const end = Math.min(events.length, (first?.event ?? 0) + 1)
  console.log(`\nFAILED  world ${failed.world}, seed ${failed.seed} (failure ${index})`)
  for (const { at, detail, rule } of failed.violations) console.log(`  ${(at / 1000).toFixed(3)} s  ${rule}: ${detail}`)
  console.log(`faults that are enough (${failed.smallest.length} of ${failed.plan.length}):`)
  for (const fault of failed.smallest) console.log(`  ${describeFault(fault)}`)
  console.log(`history before it (${Math.min(end, eventsShown)} of ${events.length} events; all of them in ${file}):`)
  for (const event of events.slice(Math.max(0, end - eventsShown), end)) console.log(`  ${JSON.stringify(event)}`)
  console.log(`run it again: npm run simulate -- --world ${failed.world} --seed ${failed.seed}\n`)
}

const simulate = (world: World, seeds: ReadonlyArray<number>, untilMs: number): boolean => {
  const faults: Record<string, number> = {}
  const failures: Array<string> = []
  let records = 0
  let effects = 0
  let done = 0
  for (const seed of seeds) {
    if (performance.now() > untilMs) break
    const result = trySeed(world, `${seed}`)
    done += 1
    for (const { kind } of planOf(world, `${seed}`)) faults[kind] = (faults[kind] ?? 0) + 1
    if ("history" in result) {
      records += result.records
      effects += result.effects
    } else {
      failures.push(result.seed)
      printFailure(result, failures.length)
    }
    if (done % 100 === 0) console.log(`${world.name}: ${done} of ${seeds.length} seeds, ${failures.length} failed`)
  }
  console.log(JSON.stringify({ world: world.name, seeds: done, records, effects, faults, failures }))
  if (done === 0) console.error(`${world.name}: no time was left for a single seed; give more --minutes`)
  return failures.length === 0 && done > 0
}

if (values.help) {
  console.log(usage)
} else {
  const first = values.seed === undefined ? 1 : wholeNumber("seed", values.seed)
  const alone = values.seed !== undefined && !process.argv.includes("--seeds")
  const count = alone ? 1 : wholeNumber("seeds", values.seeds)
  const chosen = worlds.filter(({ name }) => values.world === undefined || name === values.world)
  if (chosen.length === 0) {
    console.error(`There is no world ${values.world}; there are ${worlds.map(({ name }) => name).join(", ")}`)
    process.exit(2)
  }
  const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : positiveNumber("minutes", values.minutes)
  const seeds = Array.from({ length: count }, (_, index) => first + index)
  const startedMs = performance.now()
  // Each world gets its part of the time; what one leaves goes to the next.
  const passed = chosen.map((world, index) =>
    simulate(world, seeds, startedMs + (minutes * 60_000 * (index + 1)) / chosen.length)
  )
  process.exitCode = passed.every((one) => one) ? 0 : 1
}
