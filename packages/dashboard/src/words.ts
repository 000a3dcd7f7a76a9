import { fillPhrase, type Language, type Phrases, type PhraseValues, partWords } from "@millrace/page-parts/words"
import { accessWords } from "./accessWords.ts"
import { auditWords } from "./auditWords.ts"
import { commandWords } from "./commandWords.ts"
import { commonWords } from "./commonWords.ts"
import { explanationWords } from "./explanationWords.ts"
import { letterWords } from "./letterWords.ts"
import { memberWords } from "./memberWords.ts"
import { operationWords } from "./operationWords.ts"
import { outcomeWords } from "./outcomeWords.ts"
import { overviewWords } from "./overviewWords.ts"
import { switchWords } from "./switchWords.ts"
import { topicWords } from "./topicWords.ts"
import { tradingWords } from "./tradingWords.ts"

/** Every text of the page: those of its parts and of each page, joined. */
export const words = {
  ...partWords,
  ...commonWords,
  ...accessWords,
  ...overviewWords,
  ...letterWords,
  ...tradingWords,
  ...switchWords,
  ...memberWords,
  ...topicWords,
  ...commandWords,
  ...outcomeWords,
  ...explanationWords,
  ...operationWords,
  ...auditWords
} satisfies Phrases

/** Name of a text. */
export type WordKey = keyof typeof words

/** The text in that language with its places filled. */
export const phrase = (language: Language, key: WordKey, values?: PhraseValues): string =>
  fillPhrase(language, words[key], values)
