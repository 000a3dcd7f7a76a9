import { Option, Schema } from "effect"

/** How far a search came in one partition of a lane: newest first the end that is left, else the next offset. */
export interface SearchPlace {
  /** Physical topic. */
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

const Whole = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Places = Schema.fromJsonString(Schema.Array(Schema.Tuple([Schema.String, Whole, Whole])))
const decode = Schema.decodeUnknownOption(Places)

/** Places as a text that fits into an address. It grants nothing: what may be seen is decided anew with each call. */
export const searchCursor = (places: ReadonlyArray<SearchPlace>): string =>
  Buffer.from(JSON.stringify(places.map(({ offset, partition, topic }) => [topic, partition, offset]))).toString(
    "base64url"
  )

/** The places of a cursor; undefined: it is none. */
export const searchPlaces = (cursor: string): ReadonlyArray<SearchPlace> | undefined =>
  Option.getOrUndefined(
    Option.map(decode(Buffer.from(cursor, "base64url").toString()), (places) =>
      places.map(([topic, partition, offset]) => ({ topic, partition, offset }))
    )
  )
