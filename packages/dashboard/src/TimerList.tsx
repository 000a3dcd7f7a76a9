import { Stack, Text } from "@mantine/core"
import type { TimerInfo } from "@millrace/api"
import {
  type Column,
  ConfirmButton,
  DataTable,
  Remote,
  StateMark,
  useNow,
  usePages,
  useWords,
  type Words
} from "@millrace/page-parts"
import { useQueryClient } from "@tanstack/react-query"
import { ask } from "./client.ts"
import { useMay } from "./useSession.ts"

const Cancel = ({ timer }: { readonly timer: TimerInfo }) => {
  const { say } = useWords()
  const queries = useQueryClient()
  const { owner, revision, timerId } = timer
  return (
    <ConfirmButton
      label={say("timer.cancel")}
      title={say("timer.cancelTitle")}
      text={say("timer.cancelText", { timer: timerId, owner })}
      color="red"
      act={async () => {
        await ask((api) => api.timers.cancel({ payload: { owner, timerId, revision } }))
        await queries.invalidateQueries({ queryKey: ["timers"] })
      }}
    />
  )
}

const columnsOf = ({ format, say }: Words, now: number, mayCancel: boolean): ReadonlyArray<Column<TimerInfo>> => [
  {
    name: "timer.due",
    width: "1.2fr",
    cell: ({ dueAtMs }) => (
      <Stack gap={0}>
        <Text size="sm">{dueAtMs > now ? format.until(dueAtMs, now) : format.ago(dueAtMs, now)}</Text>
        <Text size="xs" c="dimmed">
          {format.moment(dueAtMs)}
        </Text>
      </Stack>
    )
  },
  { name: "timer.name", width: "2fr", cell: ({ timerId }) => <span className="preview">{timerId}</span> },
  { name: "timer.owner", cell: ({ owner }) => owner },
  { name: "timer.topic", cell: ({ topic }) => topic ?? "–" },
  {
    name: "timer.state",
    width: "1.5fr",
    cell: ({ reason, state }) => (
      <Stack gap={0}>
        <StateMark tone={state === "refused" ? "bad" : "good"} text={say(`timerState.${state}`)} />
        {reason !== undefined && (
          <Text size="xs" c="dimmed">
            {reason}
          </Text>
        )}
      </Stack>
    )
  },
  { name: "topic.actions", width: "7rem", cell: (timer) => (mayCancel ? <Cancel timer={timer} /> : null) }
]

/** Timers that wait, the next one first, then those that could not be delivered. */
export const TimerList = () => {
  const words = useWords()
  const now = useNow()
  const mayCancel = useMay("operate")
  const { query, rows, total, onMore } = usePages<TimerInfo>({
    queryKey: ["timers"],
    load: (page, signal) => ask((api) => api.timers.list({ query: { ...page, limit: 100 } }), signal),
    everyMs: 5_000
  })
  return (
    <Remote query={query} isEmpty={() => rows.length === 0} empty="timers.none">
      {() => (
        <DataTable
          label={words.say("timers.tab")}
          rows={rows}
          rowKey={({ owner, timerId }) => `${owner}/${timerId}`}
          columns={columnsOf(words, now, mayCancel)}
          total={total}
          onMore={onMore}
        />
      )}
    </Remote>
  )
}
