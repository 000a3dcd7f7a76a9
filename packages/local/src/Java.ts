import { join } from "node:path"
import { Effect } from "effect"
import { runCommand } from "./runCommand.ts"
import { StackError } from "./StackError.ts"

/** A Java runtime of the machine. */
export interface Java {
  readonly command: string
  /** Full version line: archives of classes fit only the very same runtime. */
  readonly version: string
}

const oldestMajor = 17

/** Returns the major version out of the first line of `java -version`. */
export const majorVersion = (line: string): number | undefined => {
  const match = /version "(?:1\.)?(\d+)/u.exec(line)
  return match?.[1] === undefined ? undefined : Number(match[1])
}

const missing = (problem: string) =>
  new StackError({
    part: "stack",
    problem,
    remedy: `Install Java ${oldestMajor} or newer (Debian, Ubuntu: apt install openjdk-17-jre-headless; macOS: brew install openjdk) or start a Docker engine.`
  })

/** Finds Java in JAVA_HOME, then on the PATH. Fails with StackError when there is none, or only an older one. */
export const findJava = Effect.fnUntraced(function* () {
  const home = process.env.JAVA_HOME
  const candidates = [...(home === undefined || home === "" ? [] : [join(home, "bin", "java")]), "java"]
  let tooOld: string | undefined
  for (const command of candidates) {
    const { code, lines } = yield* runCommand(command, ["-version"])
    if (code !== 0) continue
    const line = lines.find((candidate) => candidate.includes("version")) ?? ""
    if ((majorVersion(line) ?? 0) >= oldestMajor) return { command, version: lines.join(" ") } satisfies Java
    tooOld = `${command} is ${line}`
  }
  return yield* missing(tooOld === undefined ? "No Java found (JAVA_HOME, PATH)." : `Java is too old: ${tooOld}.`)
})
