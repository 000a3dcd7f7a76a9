import type { StackPorts } from "./Ports.ts"
import type { ProcessGuard } from "./ProcessGuard.ts"

/** What every server of one stack is started with. */
export interface StackSite {
  readonly dataFolder: string
  readonly cacheFolder: string
  readonly ports: StackPorts
  readonly guard: ProcessGuard
  /** Java programs compile quickly and less well: faster starts, lower peak throughput. For tests, not for benchmarks. */
  readonly quickJvm: boolean
}

/** Returns the JVM options that suit a small server on a shared machine. */
export const jvmOptions = (site: Pick<StackSite, "quickJvm">): ReadonlyArray<string> => [
  "-Xms64m",
  "-Xmx384m",
  "-XX:+UseSerialGC",
  ...(site.quickJvm ? ["-XX:TieredStopAtLevel=1"] : [])
]

/** The environment of a server: what finds programs and temporary folders, none of the services' secrets. */
export const serverEnvironment = (): Record<string, string> => {
  const names = ["PATH", "HOME", "TMPDIR", "TZ", "JAVA_HOME", "SYSTEMROOT", "TEMP"]
  return {
    LANG: "C.UTF-8",
    ...Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
  }
}
