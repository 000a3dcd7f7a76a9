import type { ExplanationInfo } from "@millrace/api"
import type { PhraseValues, Words } from "@millrace/page-parts"
import { explanationWords } from "./explanationWords.ts"

type Reason = Extract<keyof typeof explanationWords, `verdictOf.${string}`>

const isKnown = (key: string): key is Reason => Object.hasOwn(explanationWords, key)

/** The one first reason in a sentence, with until when it blocks and whose switch it is. */
export const whyText = ({ say, format }: Words, { reason, switch: by, untilMs }: ExplanationInfo): string => {
  const key = `verdictOf.${reason}`
  if (!isKnown(key)) return reason
  const values: PhraseValues = {
    until: untilMs === undefined ? "" : say("why.until", { when: format.moment(untilMs) }),
    by:
      by === undefined
        ? ""
        : say(by.reason === undefined ? "why.by" : "why.byBecause", {
            who: by.actor,
            when: format.moment(by.atMs),
            why: by.reason ?? ""
          })
  }
  return say(key, values).replaceAll(/ +([.,])/gu, "$1")
}
