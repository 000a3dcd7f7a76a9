import type { TopicInfo } from "@millrace/api"
import type { Words } from "@millrace/page-parts"

/** Records of all lanes. */
export const recordsOf = ({ lanes }: TopicInfo): number => lanes.reduce((sum, { records }) => sum + records, 0)

export const partitionsOf = ({ lanes }: TopicInfo): number => lanes.reduce((sum, { partitions }) => sum + partitions, 0)

/** How far the group that is farthest behind has to go, over the lanes that are asked for. */
export const largestLag = ({ lag }: TopicInfo, lane?: string): number | undefined => {
  const byGroup = new Map<string, number>()
  for (const one of lag)
    if (lane === undefined || one.lane === lane) byGroup.set(one.group, (byGroup.get(one.group) ?? 0) + one.lag)
  return byGroup.size === 0 ? undefined : Math.max(...byGroup.values())
}

/** How long records are kept. */
export const keepingOf = ({ say, format }: Words, { compacted, retentionMs }: TopicInfo): string => {
  if (compacted) return say("topic.compacted")
  return retentionMs === undefined ? say("topic.forever") : format.duration(retentionMs)
}
