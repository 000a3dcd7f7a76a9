import { Badge, Tooltip } from "@mantine/core"
import { useWords } from "@millrace/page-parts"
import { useLive } from "./useLive.ts"

/** Whether changes arrive by themselves. */
export const LiveBadge = () => {
  const { say } = useWords()
  const { connected } = useLive()
  return (
    <Tooltip label={say(connected ? "app.liveHint" : "app.askingHint")} multiline maw={280}>
      <Badge variant="dot" color={connected ? "green" : "orange"} role="status" className="live">
        {say(connected ? "app.live" : "app.asking")}
      </Badge>
    </Tooltip>
  )
}
