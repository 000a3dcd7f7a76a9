import type { LetterState } from "@millrace/api"
import { StateMark, type Tone, useWords } from "@millrace/page-parts"

const tones: Readonly<Record<LetterState, Tone>> = {
  open: "warning",
  quarantined: "bad",
  replayed: "good",
  edited: "good",
  purged: "plain"
}

/** Where a letter stands. */
export const LetterMark = ({ state }: { readonly state: LetterState }) => {
  const { say } = useWords()
  return <StateMark tone={tones[state]} text={say(`letterState.${state}`)} />
}
