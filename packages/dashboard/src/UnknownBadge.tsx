import { Badge } from "@mantine/core"
import { useWords } from "@millrace/page-parts"
import { useCommandCounts } from "./useCommandCounts.ts"

/** In the menu: how many commands there are of which nobody knows what they did. */
export const UnknownBadge = () => {
  const { say, format } = useWords()
  const unknown = useCommandCounts().data?.unknown ?? 0
  if (unknown === 0) return null
  const text = say("command.unknownCount", { count: unknown })
  return (
    <Badge color="red" variant="filled" size="sm" title={text} aria-label={text}>
      {format.number(unknown)}
    </Badge>
  )
}
