import { performance } from "node:perf_hooks"

/** Requests to one path: their times in milliseconds, and how many were refused. */
export interface PathLoad {
  readonly path: string
  readonly times: ReadonlyArray<number>
  readonly refused: number
}

/**
 * Asks the paths in turn from so many connections at once, each request as soon as the one before it is answered in full.
 * The answers are read to their end, as a client does.
 */
export const loadApi = async (
  url: string,
  headers: Readonly<Record<string, string>>,
  paths: ReadonlyArray<string>,
  { connections, seconds }: { readonly connections: number; readonly seconds: number }
): Promise<ReadonlyArray<PathLoad>> => {
  const loads = paths.map((path) => ({ path, times: [] as Array<number>, refused: 0 }))
  const endMs = performance.now() + seconds * 1_000
  const askInTurn = async (first: number): Promise<void> => {
    for (let n = first; performance.now() < endMs; n += 1) {
      const load = loads[n % loads.length]!
      const startedMs = performance.now()
      const answer = await fetch(`${url}${load.path}`, { headers })
      await answer.arrayBuffer()
      load.times.push(performance.now() - startedMs)
      if (answer.status !== 200) load.refused += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, (_, connection) => askInTurn(connection)))
  return loads
}
