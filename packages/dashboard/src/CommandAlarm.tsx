import { Button } from "@mantine/core"
import { Icon, useWords } from "@millrace/page-parts"
import { Link } from "wouter"
import { useCommandCounts } from "./useCommandCounts.ts"

/** In the header of every page, while commands are unknown: positions may be unguarded until somebody has looked. */
export const CommandAlarm = () => {
  const { say, format } = useWords()
  const unknown = useCommandCounts().data?.unknown ?? 0
  if (unknown === 0) return null
  const text = say("command.unknownCount", { count: unknown })
  return (
    <Button
      component={Link}
      href="/commands?status=unknown"
      color="red"
      size="compact-sm"
      leftSection={<Icon name="warning" size={16} />}
      title={text}
      aria-label={text}
    >
      {format.number(unknown)}
    </Button>
  )
}
