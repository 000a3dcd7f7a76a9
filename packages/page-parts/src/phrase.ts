/** Languages of the page, as the browser names them. */
export const languages = ["en", "pt-BR"] as const
export type Language = (typeof languages)[number]

/**
 * A text in English and in Brazilian Portuguese.
 *
 * `{name}` stands for a value. With a `|`, what stands before it is for the count 1, what stands behind it for any other.
 */
export type Phrase = readonly [english: string, portuguese: string]

/** Texts by their names. */
export type Phrases = Readonly<Record<string, Phrase>>

/** Values for the places of a text; `count` also chooses between one and many. */
export type PhraseValues = Readonly<Record<string, string | number>>

/** The text in that language with its places filled; a place without a value stays as it is. */
export const fillPhrase = (language: Language, phrase: Phrase, values: PhraseValues = {}): string => {
  const [one, many] = phrase[language === "en" ? 0 : 1].split("|")
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
