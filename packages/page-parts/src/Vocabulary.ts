import type { partWords } from "./partWords.ts"

/**
 * The page's texts. The page that the parts stand in adds its own, and the parts then take no other key:
 *
 * `declare module "@millrace/page-parts" { interface Vocabulary { words: typeof words } }`
 */
// biome-ignore lint/suspicious/noEmptyInterface: a page merges its texts into it
export interface Vocabulary {}

/** Name of a text. */
export type WordKey = Vocabulary extends { readonly words: infer Words } ? keyof Words & string : keyof typeof partWords
