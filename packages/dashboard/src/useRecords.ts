// Foreign boundary: requests of React Query.
import type { RecordInfo } from "@millrace/api"
import { type Address, useSearch } from "@millrace/page-parts"
import { ask } from "./client.ts"

/** What a search in a topic's records asks for, as it stands in the page's address. */
export const askedNames = ["lane", "order", "key", "text", "field", "equals", "from", "to"] as const
export type Asked = Readonly<Record<(typeof askedNames)[number], string>>

export const askedOf = ({ read }: Address): Asked =>
  Object.fromEntries(askedNames.map((name) => [name, read(name)])) as Asked

const lanes = ["critical", "high", "normal", "low"] as const

const queryOf = ({ equals, field, from, key, lane, order, text, to }: Asked) => {
  const known = lanes.find((one) => one === lane)
  return {
    order: order === "oldest" ? ("oldest" as const) : ("newest" as const),
    ...(known === undefined ? {} : { lane: known }),
    ...(key === "" ? {} : { key }),
    ...(text === "" ? {} : { text }),
    ...(field === "" ? {} : { field, ...(equals === "" ? {} : { equals }) }),
    ...(from === "" ? {} : { fromMs: Number(from) }),
    ...(to === "" ? {} : { toMs: Number(to) })
  }
}

/** Records that a search finds, page by page; what is written since is shown while it is followed. */
export const useRecords = (topic: string, asked: Asked, follows: boolean) =>
  useSearch<RecordInfo>({
    queryKey: ["records", topic, asked, follows],
    load: (page, signal) =>
      ask(
        (api) => api.topics.records({ params: { topic }, query: { ...queryOf(asked), ...page, limit: 100 } }),
        signal
      ),
    followEveryMs: follows ? 2_000 : undefined
  })

/** Where a record lies, as text for an address: `high/3/4711`. */
export const placeOf = ({ lane, offset, partition }: Pick<RecordInfo, "lane" | "partition" | "offset">): string =>
  `${lane}/${partition}/${offset}`

/** The place of that text; undefined: it names none. */
export const readPlace = (text: string) => {
  const [lane, partition, offset] = text.split("/")
  const known = lanes.find((one) => one === lane)
  const numbers = [Number(partition), Number(offset)] as const
  if (known === undefined || partition === "" || offset === "" || !numbers.every(Number.isSafeInteger)) return undefined
  return { lane: known, partition: numbers[0], offset: numbers[1] }
}
