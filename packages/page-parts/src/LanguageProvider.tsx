import { useLocalStorage } from "@mantine/hooks"
import { type ReactNode, useEffect, useMemo } from "react"
import { type Language, languageOf, type Phrases } from "./phrase.ts"
import { LanguageContext } from "./useWords.ts"

interface LanguageProviderProps {
  /** Every text of the page, those of the parts included. */
  readonly phrases: Phrases
  readonly children: ReactNode
}

/** The language of everything below: the one chosen last on this browser, else the browser's. */
export const LanguageProvider = ({ phrases, children }: LanguageProviderProps) => {
  const [language, choose] = useLocalStorage<Language>({
    key: "millrace-language",
    defaultValue: languageOf(navigator.languages),
    getInitialValueInEffect: false
  })
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const choice = useMemo(() => ({ language, choose, phrases }), [language, choose, phrases])
  return <LanguageContext.Provider value={choice}>{children}</LanguageContext.Provider>
}
