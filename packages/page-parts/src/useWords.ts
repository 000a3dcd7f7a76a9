import { createContext, useContext, useMemo } from "react"
import { type Format, formatOf } from "./format.ts"
import { partWords } from "./partWords.ts"
import { fillPhrase, type Language, type Phrases, type PhraseValues } from "./phrase.ts"
import type { WordKey } from "./Vocabulary.ts"

/** The language in use, how to choose another, and the texts there are. */
export interface LanguageChoice {
  readonly language: Language
  readonly choose: (language: Language) => void
  readonly phrases: Phrases
}

export const LanguageContext = createContext<LanguageChoice>({ language: "en", choose: () => {}, phrases: partWords })

/** Texts and figures in the page's language. */
export interface Words {
  readonly say: (key: WordKey, values?: PhraseValues) => string
  readonly format: Format
  readonly language: Language
}

export const useWords = (): Words => {
  const { language, phrases } = useContext(LanguageContext)
  return useMemo(
    () => ({
      language,
      say: (key, values) => fillPhrase(language, phrases[key] ?? [key, key], values),
      format: formatOf(language)
    }),
    [language, phrases]
  )
}
