import { Anchor, Stack, Text } from "@mantine/core"
import type { AttemptInfo } from "@millrace/api"
import { type Column, DataTable, useWords, type Words } from "@millrace/page-parts"
import { Link } from "wouter"
import { actionText, reasonText } from "./commandTexts.ts"

const statusText = ({ say }: Words, status: string): string => {
  switch (status) {
    case "completed":
    case "pending":
    case "refused":
    case "failed":
    case "unknown":
      return say(`status.${status}`)
    default:
      return status
  }
}

const columnsOf = (words: Words): ReadonlyArray<Column<AttemptInfo>> => [
  { name: "decision.when", width: "1.3fr", cell: ({ marketTimeMs }) => words.format.moment(marketTimeMs) },
  {
    name: "why.action",
    width: "2fr",
    cell: ({ action, commandId }) => (
      <Anchor component={Link} href={`~/commands/${commandId}`} size="sm">
        {action === undefined ? words.say("why.notKept") : actionText(words, action)}
      </Anchor>
    )
  },
  { name: "decision.figure", figure: true, cell: ({ priceUsd }) => words.format.usd(priceUsd) },
  {
    name: "why.outcome",
    width: "3fr",
    cell: ({ outcomes }) =>
      outcomes.length === 0 ? (
        words.say("why.noOutcome")
      ) : (
        <Stack gap={0}>
          {outcomes.map(({ atMs, reason, status }) => (
            <Text key={`${atMs}/${status}/${reason}`} size="sm">
              {`${statusText(words, status)}: ${reasonText(words, reason)}`}
            </Text>
          ))}
        </Stack>
      )
  }
]

/** The commands of an episode, and what became of each. */
export const AttemptList = ({ attempts }: { readonly attempts: ReadonlyArray<AttemptInfo> }) => {
  const words = useWords()
  return (
    <DataTable
      label={words.say("why.attempts")}
      rows={attempts}
      rowKey={({ commandId }) => commandId}
      columns={columnsOf(words)}
    />
  )
}
