import { Stack, Text } from "@mantine/core"
import type { ScheduleInfo } from "@millrace/api"
import { StateMark, useNow, useWords } from "@millrace/page-parts"

const tones = { delivered: "good", skipped: "warning", refused: "bad" } as const

/** How the newest run ended. */
export const LastRun = ({ schedule }: { readonly schedule: ScheduleInfo }) => {
  const { say, format } = useWords()
  const now = useNow()
  const { last } = schedule
  if (last === undefined) return <span>{say("schedule.noRun")}</span>
  return (
    <Stack gap={0} title={format.moment(last.dueAtMs)}>
      <StateMark
        tone={tones[last.state]}
        text={say(`runState.${last.state}`, { when: format.ago(last.endedAtMs, now) })}
      />
      {last.reason !== undefined && (
        <Text size="xs" c="dimmed">
          {last.reason}
        </Text>
      )}
    </Stack>
  )
}
