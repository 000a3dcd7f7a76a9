import { decodeNote, type OffsetRange } from "@millrace/runtime"
import { type HistoryEvent, type Place, partitionName, placeName } from "./History.ts"
import type { WatchedInput } from "./SimulatedWorld.ts"

interface Log {
  readonly records: Array<{ readonly offset: number; readonly key: string; finished: boolean; settled: boolean }>
  /** Index of the lowest record that is neither finished nor parked. */
  lowest: number
}

/** What a process was given: where reading starts, and what the group had committed at that moment. */
export interface Held {
  readonly group: string
  readonly from: number
  readonly committed: number
  /** Offsets above that the commit says are finished. */
  readonly done: ReadonlyArray<OffsetRange>
  /** The one before ended without giving back: records may have to wait until the crash guard has marked them. */
  readonly careful: boolean
  /** Failed attempts of each record that was parked at that moment, by its place. */
  readonly parked: ReadonlyMap<string, number>
}

/**
 * What is true at one moment of a history: which records there are, which are finished, who holds what.
 *
 * A record is finished once the broker has what came of it (an outcome or a dead letter), or a rule refused it. It is
 * settled when it is finished or parked: then it no longer holds up the commit of its own topic.
 */
export class Progress {
  readonly groupOf: ReadonlyMap<string, string>
  private readonly logs = new Map<string, Log>()
  private readonly keys = new Map<string, { readonly offsets: Array<number>; lowest: number }>()
  private readonly commits = new Map<string, { readonly offset: number; readonly metadata: string }>()
  private readonly held = new Map<string, Held>()
  private readonly owners = new Map<string, string>()
  private readonly rows = new Map<string, number>()

  constructor(inputs: ReadonlyArray<WatchedInput>) {
    this.groupOf = new Map(inputs.flatMap(({ group, topics }) => topics.map((topic) => [topic, group] as const)))
  }

  /** Takes an event in; rules look at it before. */
  note(event: HistoryEvent): void {
    switch (event.type) {
      case "appended":
        if (event.origin !== undefined) this.finish(event.origin)
        this.append(event, event.key)
        return
      case "ended":
        if (event.result === "refused") this.finish(event)
        return
      case "parked":
        this.settle(event)
        this.rows.set(placeName(event), event.failed)
        return
      case "unparked":
        this.rows.delete(placeName(event))
        return
      case "committed":
        this.commits.set(`${event.group} ${partitionName(event)}`, event)
        return
      case "assigned": {
        const parked = new Map(this.rows)
        for (const { from, partition } of event.partitions) {
          const { metadata, offset } = this.commits.get(`${event.group} ${partition}`) ?? { metadata: "", offset: 0 }
          const { done, open } = decodeNote(metadata, offset)
          const held = { group: event.group, from, committed: offset, done, careful: open !== undefined, parked }
          this.held.set(`${event.process} ${partition}`, held)
          this.owners.set(partition, event.process)
        }
        return
      }
      case "released":
        for (const [name, held] of this.held) {
          if (held.group === event.group && name.startsWith(`${event.process} `)) this.held.delete(name)
        }
        return
      default:
        return
    }
  }

  finished(place: Place): boolean {
    return this.recordAt(place)?.finished ?? false
  }

  /** It is finished or parked. */
  settled(place: Place): boolean {
    return this.recordAt(place)?.settled ?? false
  }

  isParked(place: Place): boolean {
    return this.rows.has(placeName(place))
  }

  /** Places of the records that are parked. */
  get parked(): ReadonlyArray<string> {
    return [...this.rows.keys()]
  }

  committed(group: string, partition: string): number {
    return this.commits.get(`${group} ${partition}`)?.offset ?? 0
  }

  holds(process: string, partition: string): Held | undefined {
    return this.held.get(`${process} ${partition}`)
  }

  /** The last commit says that the partition is held: its owner did not give it back well. */
  isOpen(partition: string): boolean {
    const group = this.groupOf.get(partition.slice(0, partition.lastIndexOf("/")))
    const commit = this.commits.get(`${group} ${partition}`)
    const open = commit === undefined ? undefined : decodeNote(commit.metadata, commit.offset).open
    return open !== undefined && open.closed !== true
  }

  /** No other process was given the partition since. */
  isLatestOwner(process: string, partition: string): boolean {
    return this.owners.get(partition) === process
  }

  /** Names of the partitions of a group that a process holds. */
  heldBy(process: string, group: string): ReadonlyArray<string> {
    return [...this.held].flatMap(([name, held]) =>
      held.group === group && name.startsWith(`${process} `) ? [name.slice(process.length + 1)] : []
    )
  }

  /** A partition of the group that the process holds came from an owner that did not give it back well. */
  isCareful(process: string, group: string | undefined): boolean {
    for (const [name, held] of this.held) {
      if (held.group === group && held.careful && name.startsWith(`${process} `)) return true
    }
    return false
  }

  /** One past the last record of the partition. */
  end(partition: string): number {
    return (this.logs.get(partition)?.records.at(-1)?.offset ?? -1) + 1
  }

  /** Offset of the lowest record of the partition that is neither finished nor parked; undefined when all are. */
  lowestUnsettled(partition: string): number | undefined {
    const log = this.logs.get(partition)
    if (log === undefined) return undefined
    while (log.records[log.lowest]?.settled === true) log.lowest += 1
    return log.records[log.lowest]?.offset
  }

  /** Offset of an earlier record of the same key and partition that is not finished. */
  earlierUnfinished(place: Place, key: string): number | undefined {
    const found = this.keys.get(`${partitionName(place)} ${key}`)
    if (found === undefined) return undefined
    const at = (offset: number) => this.recordAt({ ...place, offset })
    while (found.lowest < found.offsets.length && at(found.offsets[found.lowest]!)?.finished === true) found.lowest += 1
    const lowest = found.offsets[found.lowest]
    return lowest !== undefined && lowest < place.offset ? lowest : undefined
  }

  keyOf(place: Place): string | undefined {
    return this.recordAt(place)?.key
  }

  /** Every record of the inputs that is not finished. */
  get unfinished(): ReadonlyArray<string> {
    return [...this.logs].flatMap(([partition, { records }]) =>
      records.filter(({ finished }) => !finished).map(({ offset }) => `${partition}@${offset}`)
    )
  }

  private append(place: Place, key: string): void {
    if (!this.groupOf.has(place.topic)) return
    const partition = partitionName(place)
    const log = this.logs.get(partition) ?? { records: [], lowest: 0 }
    this.logs.set(partition, log)
    log.records.push({ offset: place.offset, key, finished: false, settled: false })
    const known = this.keys.get(`${partition} ${key}`)
    if (known === undefined) this.keys.set(`${partition} ${key}`, { offsets: [place.offset], lowest: 0 })
    else known.offsets.push(place.offset)
  }

  private finish(place: Place): void {
    const record = this.recordAt(place)
    if (record === undefined) return
    record.finished = true
    record.settled = true
  }

  private settle(place: Place): void {
    const record = this.recordAt(place)
    if (record !== undefined) record.settled = true
  }

  private recordAt(place: Place): Log["records"][number] | undefined {
    const records = this.logs.get(partitionName(place))?.records ?? []
    // Offsets are without gaps but for transactions' markers, so the place is at its index or before it.
    for (let index = Math.min(place.offset, records.length - 1); index >= 0; index--) {
      if (records[index]!.offset === place.offset) return records[index]
      if (records[index]!.offset < place.offset) return undefined
    }
    return undefined
  }
}
