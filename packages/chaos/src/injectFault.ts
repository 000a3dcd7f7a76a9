// Foreign boundary: reads the id of a server's process where the guard has written it.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type ClusterNode, postJson, report } from "@millrace/local"
import { Effect } from "effect"
import type { FaultName } from "./FaultKind.ts"
import type { PlannedFault } from "./faultSchedule.ts"
import type { Grounds } from "./Grounds.ts"
import { type LinkState, openLink } from "./Link.ts"
import type { SinkMode } from "./SinkMode.ts"
import type { WorkerCrew } from "./WorkerCrew.ts"

/** What a fault acts on. */
export interface FaultTargets {
  readonly folder: string
  readonly grounds: Grounds
  readonly crew: WorkerCrew
}

/** How a fault begins and how it is taken back. Both do what they can and never fail: the run goes on. */
export interface Fault {
  readonly begin: Effect.Effect<void>
  readonly end: Effect.Effect<void>
}

const asTold = <E extends { readonly message: string }>(self: Effect.Effect<unknown, E>): Effect.Effect<void> =>
  self.pipe(
    Effect.asVoid,
    Effect.catch((error) => report(`A fault could not be set as planned: ${error.message}`))
  )

const event = (begin: Effect.Effect<unknown>): Fault => ({ begin: Effect.asVoid(begin), end: Effect.void })

/** Kills a server that its starter brings back by itself. */
const killServer = (folder: string, name: string): Effect.Effect<void> =>
  Effect.sync(() => {
    try {
      const { pid } = JSON.parse(readFileSync(join(folder, "run", `${name}.json`), "utf8")) as { readonly pid: number }
      process.kill(pid, "SIGKILL")
    } catch {
      // It is being started again just now.
    }
  })

const restart = (node: ClusterNode): Effect.Effect<void> =>
  node.start.pipe(
    Effect.catch(() => Effect.andThen(node.kill, node.start)),
    asTold
  )

const cut: LinkState = { ...openLink, way: "cut" }
const silent: LinkState = { ...openLink, way: "silent" }
const slow: LinkState = { way: "open", latencyMs: 300, bytesPerSecond: 65_536 }

/**
 * Each fault is followed by a check of all that was accepted.
 *
 * @guarantee crash: worker is frozen (SIGSTOP) beyond its session, others take its records, and it wakes
 * @redelivered its records, to others
 * @harmless its intents are taken over once their signatures are too old, and what it still sends is refused as stale
 * @runs npm run chaos
 * @guarantee crash: broker of a cluster is killed, frozen, cut off, silent, slow, or without space on its disk
 * @redelivered whatever was not acknowledged or committed
 * @harmless other brokers lead its partitions within seconds; senders repeat under their sequence, readers go on where they
 *   were, and nothing acknowledged is gone
 * @runs npm run chaos
 * @guarantee crash: registry is down while a worker is killed and starts again
 * @redelivered whatever the worker had not committed
 * @harmless it starts with the schema ids of its cache folder
 * @runs npm run chaos
 * @guarantee crash: PostgreSQL keeps its connections and answers nothing
 * @redelivered nothing: what has an effect is held
 * @harmless each call has a limit; what may have been sent is read back before anything is sent again
 * @runs npm run chaos
 */

/** Returns a planned fault as what to do at its beginning and at its end. */
export const faultOf = (targets: FaultTargets, planned: PlannedFault): Fault => {
  const { crew, folder, grounds } = targets
  const { ports } = grounds
  const node = grounds.nodes[planned.target % grounds.nodes.length]!
  const lastNode = grounds.nodes.at(-1)!
  const setLink = (name: string, state: LinkState) =>
    asTold(postJson(`http://127.0.0.1:${ports.proxyControl}/${name}`, state))
  const link = (name: string, state: LinkState): Fault => ({
    begin: setLink(name, state),
    end: setLink(name, openLink)
  })
  const sink = (mode: SinkMode): Fault => {
    const set = (mode: SinkMode) => asTold(postJson(`http://127.0.0.1:${ports.sink}/mode`, { mode }))
    return { begin: set(mode), end: set("normal") }
  }
  const burst = (wish: string, count: number) =>
    asTold(postJson(`http://127.0.0.1:${ports.loadControl}/burst`, { wish, count }))
  const away = (name: "postgres" | "redis"): Fault => ({
    begin: Effect.andThen(setLink(name, cut), killServer(folder, name)),
    end: setLink(name, openLink)
  })
  const faults: Readonly<Record<FaultName, Fault>> = {
    "worker-killed": event(crew.signal(planned.target, "SIGKILL")),
    "worker-replaced": event(crew.signal(planned.target, "SIGTERM")),
    "worker-frozen": {
      begin: Effect.asVoid(crew.signal(planned.target, "SIGSTOP")),
      end: Effect.asVoid(crew.signal(planned.target, "SIGCONT"))
    },
    "broker-killed": { begin: node.kill, end: restart(node) },
    "broker-frozen": { begin: node.freeze, end: node.thaw },
    "broker-slow": link(`broker-${node.nodeId}`, slow),
    "broker-cut": link(`broker-${node.nodeId}`, cut),
    "broker-silent": link(`broker-${node.nodeId}`, silent),
    "broker-disk-full": {
      begin: grounds.volume?.fill ?? Effect.void,
      // What an operator does: make room, then start the broker anew, whether it has ended by itself or not.
      end: Effect.andThen(grounds.volume?.free ?? Effect.void, Effect.andThen(lastNode.kill, restart(lastNode)))
    },
    "postgres-killed": away("postgres"),
    "postgres-silent": link("postgres", silent),
    "registry-down": {
      begin: Effect.andThen(setLink("registry", cut), Effect.asVoid(crew.signal(planned.target, "SIGKILL"))),
      end: setLink("registry", openLink)
    },
    "redis-down": away("redis"),
    "replies-lost": sink("replies-lost"),
    "storm-429": sink("storm-429"),
    "storm-503": sink("storm-503"),
    "effects-hang": sink("effects-hang"),
    "poison-burst": event(Effect.andThen(burst("undecodable", 20), burst("failure", 20))),
    "killer-record": event(burst("death", 1))
  }
  return faults[planned.kind]
}
