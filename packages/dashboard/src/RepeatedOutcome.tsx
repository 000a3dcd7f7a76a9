import { Loader, Text } from "@mantine/core"
import { StateMark, type Tone, useWords } from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { ask } from "./client.ts"
import { reasonText } from "./commandTexts.ts"
import { nowMs } from "./nowMs.ts"

const tones: Readonly<Record<string, Tone>> = { completed: "good", refused: "warning", failed: "bad", unknown: "bad" }
/** Clocks of processes differ. */
const marginMs = 60_000

const statusText = (status: string) =>
  (["completed", "refused", "failed", "unknown"] as const).find((one) => one === status)

/** What became of a command that was sent anew, as soon as it is told. */
export const RepeatedOutcome = ({ commandId }: { readonly commandId: string }) => {
  const words = useWords()
  const { say } = words
  const [since] = useState(() => nowMs() - marginMs)
  const outcome = useQuery({
    queryKey: ["trail", "outcome", commandId],
    queryFn: async ({ signal }) => {
      const query = { subject: commandId, limit: 20, fromMs: since }
      const { items } = await ask((api) => api.audit.list({ query }), signal)
      return items.find((one) => one.commandId === commandId && one.details.status !== undefined)?.details ?? null
    },
    refetchInterval: ({ state }) => (state.data == null ? 1_000 : false)
  })
  const found = outcome.data
  if (found == null) {
    return (
      <Text size="sm" role="status">
        <Loader size="xs" mr="xs" aria-hidden="true" />
        {say("execute.waits")}
      </Text>
    )
  }
  const status = statusText(String(found.status))
  return (
    <div role="status">
      <StateMark
        tone={tones[String(found.status)] ?? "plain"}
        text={status === undefined ? String(found.status) : say(`status.${status}`)}
      />
      <Text size="sm">{reasonText(words, String(found.reason))}</Text>
    </div>
  )
}
