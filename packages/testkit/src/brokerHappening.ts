import type { BrokerEvent, ConsumedRecord } from "@millrace/kafka"
import type { Happening, Place } from "./History.ts"
import { headerOf, idOf, isParked, originOf, parkedPlace } from "./ObservedClient.ts"

/** What happened at the broker, and whose doing it is; commits are everybody's. */
export interface SeenAtBroker {
  readonly process: string
  readonly happening: Happening
}

/**
 * What an event of the broker is for the history; undefined for one that is noted elsewhere.
 *
 * `originOfOther` names the record that another comes of, where its headers do not say.
 */
export const brokerHappening = (
  event: BrokerEvent,
  originOfOther?: (topic: string, value: string, place: Place) => Place | undefined
): SeenAtBroker | undefined => {
  if (event._tag === "Assigned") return undefined
  if (event._tag === "Committed") {
    const { groupId: group, metadata, offset, partition, topic } = event
    return { process: "", happening: { type: "committed", group, topic, partition, offset, metadata } }
  }
  const { partition, producer: process, record, topic } = event
  if (isParked(topic)) return { process, happening: parkedHappening(record) }
  const { headers, key, offset } = record
  const value = record.value === null ? "" : Buffer.from(record.value.subarray(5)).toString()
  const happening: Happening = {
    type: "appended",
    topic,
    partition,
    offset,
    key: Buffer.from(key ?? new Uint8Array()).toString(),
    id: idOf(headers),
    origin: originOf(headers) ?? originOfOther?.(topic, value, { topic, partition, offset }),
    value,
    reason: headerOf(headers, "dlq-tag")
  }
  return { process, happening }
}

const parkedHappening = ({ headers, key, value }: ConsumedRecord): Happening => {
  const place = parkedPlace(key)
  if (place === undefined) throw new Error("A parked record's key does not name its origin")
  if (value === null) return { type: "unparked", ...place }
  const count = (name: string) => Number(headerOf(headers, `parked-${name}`))
  return { type: "parked", ...place, failed: count("failed"), begun: count("begun") }
}
