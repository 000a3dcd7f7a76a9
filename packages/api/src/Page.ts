import { Schema } from "effect"

/** A text of a person: some characters, no control characters. */
export const Line = (maxCharacters: number) =>
  Schema.String.check(
    Schema.isPattern(new RegExp(`^[^\\p{Cc}\\p{Cf}]{1,${maxCharacters}}$`, "u"), {
      message: `a line of 1 to ${maxCharacters} characters`
    })
  )

/** How many entries a page holds at most; a page's default is 50. */
export const maxPage = 500

/** Query of a list: part of a name, where the page begins (`next` of the page before), and how many. */
export const pageQuery = {
  search: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(200))),
  after: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(1000))),
  limit: Schema.optionalKey(
    Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: maxPage }))
  )
}

/** A page of a list. `next`: what to give as `after` for the next one; absent: this is the last. */
export const pageOf = <S extends Schema.Constraint>(item: S) =>
  Schema.Struct({
    items: Schema.Array(item),
    next: Schema.optionalKey(Schema.String),
    /** Entries that the search finds, on all pages. */
    total: Schema.Int
  })
