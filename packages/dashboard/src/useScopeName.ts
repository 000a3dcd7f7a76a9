import type { PauseScope } from "@millrace/contracts/schemas"
import { useWords } from "@millrace/page-parts"
import { useCallback } from "react"

/** Names what a pause holds for. */
export const useScopeName = () => {
  const { say } = useWords()
  return useCallback(
    ({ lane, topic, worker }: PauseScope): string => {
      const what = lane === undefined ? topic : say("pause.lane", { topic, lane })
      return worker === undefined ? what : say("pause.worker", { what, worker })
    },
    [say]
  )
}
