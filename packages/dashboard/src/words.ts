import { accessWords } from "./accessWords.ts"
import { commonWords } from "./commonWords.ts"
import { letterWords } from "./letterWords.ts"
import { overviewWords } from "./overviewWords.ts"
import { switchWords } from "./switchWords.ts"
import { tradingWords } from "./tradingWords.ts"

/** Languages of the page, as the browser names them. */
export const languages = ["en", "pt-BR"] as const
export type Language = (typeof languages)[number]

/**
 * A text in English and in Brazilian Portuguese.
 *
 * `{name}` stands for a value. With a `|`, what stands before it is for the count 1, what stands behind it for any other.
 */
export type Phrase = readonly [english: string, portuguese: string]

/** Every text of the page: the parts of it, joined. */
export const words = {
  ...commonWords,
  ...accessWords,
  ...overviewWords,
  ...letterWords,
  ...tradingWords,
  ...switchWords
} satisfies Readonly<Record<string, Phrase>>

/** Name of a text. */
export type WordKey = keyof typeof words

/** Values for the places of a text; `count` also chooses between one and many. */
export type PhraseValues = Readonly<Record<string, string | number>>

/** The text in that language with its places filled; a place without a value stays as it is. */
export const phrase = (language: Language, key: WordKey, values: PhraseValues = {}): string => {
  const whole = words[key][language === "en" ? 0 : 1]
  const [one, many] = whole.split("|")
  const text = many === undefined || values.count === 1 || values.count === "1" ? one! : many
  return text.replace(/\{(\w+)\}/gu, (place, name: string) => {
    const value = values[name]
    if (value === undefined) return place
    return typeof value === "number" ? new Intl.NumberFormat(language).format(value) : value
  })
}

/** The language that suits a browser best: its first one that the page has, else English. */
export const languageOf = (wanted: ReadonlyArray<string>): Language => {
  for (const tag of wanted) {
    if (tag.toLowerCase().startsWith("pt")) return "pt-BR"
    if (tag.toLowerCase().startsWith("en")) return "en"
  }
  return "en"
}
