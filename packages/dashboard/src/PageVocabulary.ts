import type { words } from "./words.ts"

declare module "@millrace/page-parts" {
  /** The keys that parts of the page take are those of this page's texts. */
  interface Vocabulary {
    readonly words: typeof words
  }
}
