import { type ParseArgsOptionsConfig, parseArgs } from "node:util"

/** Flags that every benchmark takes. */
export interface Options {
  /** Only the last line, the JSON object. */
  readonly json: boolean
  readonly runs: number
  /** Writes `results/NAME.json`. */
  readonly save: boolean
  /** Keeps this run's figures as what `--compare` compares with. */
  readonly baseline: boolean
  /** Fails when a guarded figure is below 0.85 of the baseline. */
  readonly compare: boolean
  /** Subjects to run, all when empty. */
  readonly only: ReadonlyArray<string>
  /** Folder for processor profiles of the peers' processes. */
  readonly profile: string | undefined
  /** A flag of the benchmark itself. */
  readonly text: (name: string, fallback: string) => string
  readonly number: (name: string, fallback: number) => number
}

const general = {
  json: { type: "boolean" },
  runs: { type: "string" },
  save: { type: "boolean" },
  baseline: { type: "boolean" },
  compare: { type: "boolean" },
  only: { type: "string" },
  profile: { type: "string" }
} satisfies ParseArgsOptionsConfig

/** Reads the command line; `own` names the benchmark's own flags. Ends the process on a flag that is not known. */
export const readOptions = (runs: number, own: ReadonlyArray<string> = []): Options => {
  const flags = Object.fromEntries(own.map((name) => [name, { type: "string" }])) as ParseArgsOptionsConfig
  const { values } = parseArgs({ options: { ...flags, ...general } })
  const text = (name: string, fallback: string): string => {
    const found: unknown = Reflect.get(values, name)
    return typeof found === "string" ? found : fallback
  }
  const number = (name: string, fallback: number): number => {
    const found = Number(text(name, String(fallback)))
    if (!Number.isFinite(found)) throw new Error(`--${name} takes a number, found "${text(name, "")}"`)
    return found
  }
  return {
    json: values.json === true,
    runs: number("runs", runs),
    save: values.save === true,
    baseline: values.baseline === true,
    compare: values.compare === true,
    only: text("only", "")
      .split(",")
      .filter((name) => name !== ""),
    profile: values.profile,
    text,
    number
  }
}
