import { createContext, useContext, useMemo } from "react"
import { type Format, formatOf } from "./format.ts"
import { type Language, type PhraseValues, phrase, type WordKey } from "./words.ts"

/** The language in use, and how to choose another. */
export interface LanguageChoice {
  readonly language: Language
  readonly choose: (language: Language) => void
}

export const LanguageContext = createContext<LanguageChoice>({ language: "en", choose: () => {} })

/** Texts and figures in the page's language. */
export interface Words {
  readonly say: (key: WordKey, values?: PhraseValues) => string
  readonly format: Format
  readonly language: Language
}

export const useWords = (): Words => {
  const { language } = useContext(LanguageContext)
  return useMemo(
    () => ({ language, say: (key, values) => phrase(language, key, values), format: formatOf(language) }),
    [language]
  )
}
