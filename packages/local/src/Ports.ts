// Foreign boundary: tries ports by binding them.
import { createHash } from "node:crypto"
import { createServer } from "node:net"
import { Effect } from "effect"
import { StackError, type StackPart } from "./StackError.ts"

/** One port per listener; `controller` is Kafka's second one. */
export interface StackPorts {
  readonly kafka: number
  readonly controller: number
  readonly registry: number
  readonly postgres: number
  readonly redis: number
}
export type PortName = keyof StackPorts
export const portNames: ReadonlyArray<PortName> = ["kafka", "controller", "registry", "postgres", "redis"]

// Below the range that systems hand out to outgoing connections (32768 and up on Linux), so that no connection takes
// a port between two runs.
const firstPort = 20_000
const lastPort = 31_999

/** Returns whether a server can listen there now. */
export const isFree = (port: number): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.once("error", () => resume(Effect.succeed(false)))
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      server.close(() => resume(Effect.succeed(true)))
    })
  })

/** Where the search starts: differs by data folder, so that two stacks seldom meet. */
export const startOfSearch = (dataFolder: string): number =>
  firstPort + (createHash("sha256").update(dataFolder).digest().readUInt32BE(0) % (lastPort - firstPort - 100))

const fixedPort = Effect.fnUntraced(function* (name: PortName, port: number) {
  if (yield* isFree(port)) return port
  const part: StackPart = name === "controller" ? "kafka" : name
  return yield* new StackError({
    part,
    problem: `Port ${port} of 127.0.0.1 is fixed by MILLRACE_${name.toUpperCase()}_PORT, but another program has it.`,
    remedy: "Stop that program, or remove the setting to have a free port chosen."
  })
})

/**
 * Chooses the ports of a stack: fixed ones as they are, else those of the last run where still free, else free ones.
 *
 * Fails with StackError when a fixed port is taken.
 */
export const choosePorts = Effect.fnUntraced(function* (
  dataFolder: string,
  fixed: { readonly [name in PortName]?: number | undefined },
  remembered: { readonly [name in PortName]?: number | undefined }
) {
  const chosen: Partial<Record<PortName, number>> = {}
  for (const name of portNames) {
    const port = fixed[name]
    if (port !== undefined) chosen[name] = yield* fixedPort(name, port)
  }
  const taken = (port: number): boolean => Object.values(chosen).includes(port)
  let candidate = startOfSearch(dataFolder)
  for (const name of portNames) {
    if (chosen[name] !== undefined) continue
    const last = remembered[name]
    if (last !== undefined && !taken(last) && (yield* isFree(last))) {
      chosen[name] = last
      continue
    }
    while (taken(candidate) || !(yield* isFree(candidate)))
      candidate = candidate >= lastPort ? firstPort : candidate + 1
    chosen[name] = candidate
  }
  return chosen as StackPorts
})
