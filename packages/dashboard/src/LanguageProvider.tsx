import { useLocalStorage } from "@mantine/hooks"
import { type ReactNode, useEffect, useMemo } from "react"
import { LanguageContext } from "./useWords.ts"
import { type Language, languageOf } from "./words.ts"

/** The language of everything below: the one chosen last on this browser, else the browser's. */
export const LanguageProvider = ({ children }: { readonly children: ReactNode }) => {
  const [language, choose] = useLocalStorage<Language>({
    key: "millrace-language",
    defaultValue: languageOf(navigator.languages),
    getInitialValueInEffect: false
  })
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const choice = useMemo(() => ({ language, choose }), [language, choose])
  return <LanguageContext.Provider value={choice}>{children}</LanguageContext.Provider>
}
