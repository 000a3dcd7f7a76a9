import { Duration } from "effect"
import type { Keeping, Lane, LaneName, Topic, TopicPolicy } from "./Topic.ts"
import type { DefaultsSyntax, PolicySyntax, TopicSyntax } from "./TopicsSyntax.ts"

/** Lane of a topic that names none. */
const onlyLane: LaneName = "normal"

/** Returns a topic with everything filled in that its entry leaves to the defaults. */
export const topicFrom = (name: string, syntax: TopicSyntax, defaults: DefaultsSyntax): Topic => {
  const laneNames = syntax.lanes ?? [onlyLane]
  const defaultLane = syntax.defaultLane ?? laneNames[0]
  const replication = syntax.replication ?? defaults.replication
  return {
    name,
    about: syntax.about,
    key: syntax.key,
    partitionedBy: syntax.partitionedBy ?? syntax.key,
    lanes: laneNames.map((lane): Lane => {
      const isDefault = lane === defaultLane
      return { name: lane, topic: isDefault ? name : `${name}.${lane}`, isDefault }
    }),
    defaultLane,
    partitions: syntax.partitions ?? defaults.partitions,
    replication: replication === "broker" ? -1 : replication,
    keeping: keepingFrom(syntax, defaults),
    maxMessageBytes: syntax.maxMessage ?? defaults.maxMessage,
    policies: Object.fromEntries(
      laneNames.map((lane) => [lane, policyFrom(defaults, syntax, syntax.laneOverrides?.[lane])])
    ),
    deadLetters: { topic: `${name}.dlq`, ...defaults.deadLetters },
    ...(syntax.parked === true ? { parkedTopic: `${name}.parked` } : {}),
    records: Object.entries(syntax.records).map(([kind, parties]) => ({ name: kind, ...parties }))
  }
}

/** Returns the policy that these parts make together; a later part wins over an earlier one, key by key. */
export const policyFrom = (
  defaults: DefaultsSyntax,
  ...parts: ReadonlyArray<PolicySyntax | undefined>
): TopicPolicy => {
  let { retry, timeout, concurrency } = defaults
  for (const part of parts) {
    retry = { ...retry, ...part?.retry }
    timeout = part?.timeout ?? timeout
    concurrency = part?.concurrency ?? concurrency
  }
  return { retry, timeout, concurrency }
}

const keepingFrom = (syntax: TopicSyntax, defaults: DefaultsSyntax): Keeping =>
  syntax.compacted === true
    ? {
        _tag: "Compacted",
        tombstones: syntax.tombstones ?? defaults.tombstones,
        segment: syntax.segment ?? defaults.segment ?? Duration.days(1),
        ...(syntax.forgetAfter === undefined ? {} : { forgetAfter: syntax.forgetAfter })
      }
    : { _tag: "Retained", retention: syntax.retention ?? defaults.retention }
