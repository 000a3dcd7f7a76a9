import { type LaneName, type Pause, type PauseScope, type Topic, TopicsFile } from "@millrace/contracts"
import { ControlStore } from "@millrace/store"
import { DateTime, Effect, type Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { explained, refused } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"
import { userName } from "./userName.ts"

type Failure = { readonly message: string }

const topicArgument = Argument.String("topic").pipe(Argument.withDescription("Topic as topics.yaml names it"))
const laneFlag = Flag.String("lane").pipe(Flag.withDescription("One lane of it; without it all lanes"), Flag.optional)
const workerFlag = Flag.String("worker").pipe(
  Flag.withDescription("One worker; without it every worker that reads the topic"),
  Flag.optional
)
const reasonFlag = Flag.String("reason").pipe(
  Flag.withDescription("Why, for those who see the pause later"),
  Flag.optional
)

/**
 * `millrace pause`, `millrace resume` and `millrace controls`: pauses are stored, then published by control-api; workers
 * follow within a second or two and finish what is in flight.
 */
export const controlsCommands = <E1 extends Failure, E2 extends Failure>(
  controls: Layer.Layer<ControlStore, E1>,
  file: Layer.Layer<TopicsFile, E2>
) => {
  const pause = Command.make(
    "pause",
    { topic: topicArgument, lane: laneFlag, worker: workerFlag, reason: reasonFlag, json: asJson },
    Effect.fnUntraced(
      function* (asked) {
        const { scope, topic } = yield* scopeOf(asked)
        const reason = Option.match(asked.reason, { onNone: () => ({}), onSome: (text) => ({ reason: text }) })
        const actor = yield* operator
        const stored = yield* ControlStore.use((store) => store.pause(scope, { actor, ...reason })).pipe(
          Effect.provide(controls)
        )
        yield* printed(asked.json, stored, [`paused: ${described(scope)}`, ...warnings(topic, scope)])
      },
      (effect) => explained(Effect.provide(effect, file))
    )
  ).pipe(Command.withDescription("Stop taking records of a topic or lane; those in flight are finished"))

  const resume = Command.make(
    "resume",
    { topic: topicArgument, lane: laneFlag, worker: workerFlag, json: asJson },
    Effect.fnUntraced(
      function* (asked) {
        const { scope } = yield* scopeOf(asked)
        const actor = yield* operator
        const { ended, left } = yield* ControlStore.use((store) =>
          Effect.all({ ended: store.resume(scope, actor), left: store.pauses })
        ).pipe(
          Effect.map(({ ended, left }) => ({ ended, left: left.filter((one) => one.topic === scope.topic) })),
          Effect.provide(controls)
        )
        const lines = [
          ...(ended.length === 0 ? [`nothing was paused: ${described(scope)}`] : []),
          ...ended.map((one) => `resumed: ${described(one)}`),
          ...left.map((one) => `still paused: ${described(one)}`)
        ]
        yield* printed(asked.json, { ended, left }, lines)
      },
      (effect) => explained(Effect.provide(effect, file))
    )
  ).pipe(Command.withDescription("End the pauses of a topic or lane"))

  const list = Command.make(
    "controls",
    { json: asJson },
    Effect.fnUntraced(
      function* ({ json }) {
        const store = yield* ControlStore
        const pauses = yield* store.pauses
        yield* printed(json, pauses, pauses.length === 0 ? ["Nothing is paused."] : pauses.map(pauseLine))
      },
      (effect) => explained(Effect.provide(effect, controls))
    )
  ).pipe(Command.withDescription("List what is paused, since when, by whom and why"))

  return [pause, resume, list] as const
}

interface Asked {
  readonly topic: string
  readonly lane: Option.Option<string>
  readonly worker: Option.Option<string>
}

/** The scope that was asked for. Fails with `CommandFailed` when topics.yaml has no such topic, lane or worker. */
const scopeOf = Effect.fnUntraced(function* (asked: Asked) {
  const topics = yield* TopicsFile
  const topic = topics.topic(asked.topic)
  if (topic === undefined) {
    const known = topics.all.map(({ name }) => name)
    return yield* refused(`There is no topic ${asked.topic}. topics.yaml has ${known.join(", ")}.`)
  }
  const lanes = topic.lanes.map(({ name }) => name)
  const readers = [...new Set(topic.records.flatMap((kind) => kind.readers))]
  const lane = Option.getOrUndefined(asked.lane)
  const worker = Option.getOrUndefined(asked.worker)
  if (lane !== undefined && !lanes.includes(lane as LaneName))
    return yield* refused(`${topic.name} has no lane ${lane}. It has ${lanes.join(", ")}.`)
  if (worker !== undefined && !readers.includes(worker))
    return yield* refused(`${worker} does not read ${topic.name}. ${readers.join(", ") || "Nobody"} does.`)
  const scope: PauseScope = {
    topic: topic.name,
    ...(lane === undefined ? {} : { lane: lane as LaneName }),
    ...(worker === undefined ? {} : { worker })
  }
  return { scope, topic }
})

/** Who runs the command, for the audit log. */
const operator = Effect.sync(() => `cli:${userName()}`)

const described = ({ topic, lane, worker }: PauseScope): string =>
  `${topic}, ${lane === undefined ? "all lanes" : `lane ${lane}`}, ${worker ?? "every worker"}`

const pauseLine = (pause: Pause): string => {
  const since = DateTime.formatIso(DateTime.makeUnsafe(pause.atMs))
  return `${described(pause)}; since ${since} by ${pause.actor}${pause.reason === undefined ? "" : `: ${pause.reason}`}`
}

/** What waits meanwhile though it protects. */
const warnings = (topic: Topic, scope: PauseScope): ReadonlyArray<string> =>
  topic.lanes.some(({ name }) => name === "critical" && (scope.lane ?? name) === name)
    ? ["! the critical lane is part of it: what protects positions waits until it is resumed"]
    : []
