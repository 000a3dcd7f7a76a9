import { Anchor, Stack, Switch, Text } from "@mantine/core"
import type { ScheduleInfo } from "@millrace/api"
import {
  type Column,
  DataTable,
  FailedState,
  Remote,
  useAddress,
  useNow,
  useWords,
  type Words
} from "@millrace/page-parts"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { ask } from "./client.ts"
import { LastRun } from "./LastRun.tsx"
import { ScheduleDrawer } from "./ScheduleDrawer.tsx"
import { useMay } from "./useSession.ts"

interface Turn {
  readonly scheduleId: string
  readonly enabled: boolean
}

interface Turning {
  readonly may: boolean
  readonly pending: Turn | undefined
  readonly turn: (turn: Turn) => void
}

const columnsOf = (
  { format, say }: Words,
  now: number,
  turning: Turning,
  onOpen: (scheduleId: string) => void
): ReadonlyArray<Column<ScheduleInfo>> => [
  {
    name: "schedule.name",
    width: "1.5fr",
    cell: ({ scheduleId }) => (
      <Anchor component="button" type="button" size="sm" fw={600} ta="start" onClick={() => onOpen(scheduleId)}>
        {scheduleId}
      </Anchor>
    )
  },
  {
    name: "schedule.when",
    width: "1.2fr",
    cell: ({ cron, timeZone }) => (
      <Stack gap={0}>
        <Text size="sm" ff="monospace">
          {cron}
        </Text>
        <Text size="xs" c="dimmed">
          {timeZone}
        </Text>
      </Stack>
    )
  },
  { name: "timer.topic", cell: ({ topic }) => topic },
  {
    name: "schedule.next",
    width: "1.2fr",
    cell: ({ enabled, nextAtMs }) => {
      if (nextAtMs === undefined) return enabled ? say("schedule.never") : "–"
      return (
        <Stack gap={0}>
          <Text size="sm">{format.until(nextAtMs, now)}</Text>
          <Text size="xs" c="dimmed">
            {format.moment(nextAtMs)}
          </Text>
        </Stack>
      )
    }
  },
  { name: "schedule.last", width: "1.5fr", cell: (schedule) => <LastRun schedule={schedule} /> },
  {
    name: "schedule.on",
    width: "4.5rem",
    cell: ({ enabled, scheduleId }) => (
      <Switch
        aria-label={say("schedule.setOn", { schedule: scheduleId })}
        checked={turning.pending?.scheduleId === scheduleId ? turning.pending.enabled : enabled}
        disabled={!turning.may || turning.pending !== undefined}
        onChange={(event) => turning.turn({ scheduleId, enabled: event.currentTarget.checked })}
      />
    )
  }
]

/** Recurring schedules: when they run next, how they ran last, and whether they are on. */
export const ScheduleList = () => {
  const words = useWords()
  const now = useNow()
  const queries = useQueryClient()
  const may = useMay("operate")
  const { read, write } = useAddress()
  const schedules = useQuery({
    queryKey: ["schedules"],
    queryFn: ({ signal }) => ask((api) => api.timers.schedules(), signal),
    refetchInterval: 5_000
  })
  const turning = useMutation({
    mutationFn: ({ enabled, scheduleId }: Turn) => {
      const params = { scheduleId }
      return ask((api) => (enabled ? api.timers.resume({ params }) : api.timers.pause({ params })))
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["schedules"] })
  })
  const columns = columnsOf(
    words,
    now,
    { may, pending: turning.isPending ? turning.variables : undefined, turn: turning.mutate },
    (scheduleId) => write({ schedule: scheduleId })
  )
  return (
    <Stack gap="xs">
      {turning.isError && <FailedState error={turning.error} />}
      <Remote query={schedules} isEmpty={(all) => all.length === 0} empty="schedules.none">
        {(all) => (
          <>
            <DataTable
              label={words.say("schedules.tab")}
              rows={all}
              rowKey={({ scheduleId }) => scheduleId}
              columns={columns}
            />
            <ScheduleDrawer
              schedule={all.find(({ scheduleId }) => scheduleId === read("schedule"))}
              onClose={() => write({ schedule: "" })}
            />
          </>
        )}
      </Remote>
    </Stack>
  )
}
