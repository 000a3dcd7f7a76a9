import { Drawer, Group, List, Stack, Title } from "@mantine/core"
import type { ScheduleInfo } from "@millrace/api"
import { CodeBlock, ConfirmButton, Facts, useWords } from "@millrace/page-parts"
import { useQueryClient } from "@tanstack/react-query"
import { ask } from "./client.ts"
import { LastRun } from "./LastRun.tsx"
import { ScheduleForm } from "./ScheduleForm.tsx"
import { useMay, useSession } from "./useSession.ts"

const Details = ({ schedule }: { readonly schedule: ScheduleInfo }) => {
  const { say, format } = useWords()
  const { graceMs, missed, missedLimit, upcomingMs } = schedule
  return (
    <>
      <Facts
        facts={[
          [say("schedule.cron"), schedule.cron],
          [say("schedule.zone"), schedule.timeZone],
          [say("timer.topic"), schedule.lane === undefined ? schedule.topic : `${schedule.topic}, ${schedule.lane}`],
          [say("record.key"), schedule.key],
          [say("record.workspace"), schedule.workspaceId],
          [say("timer.owner"), schedule.owner],
          [say("schedule.missed"), say(`missed.${missed}`, { grace: format.duration(graceMs), limit: missedLimit })],
          [say("schedule.last"), <LastRun key="last" schedule={schedule} />]
        ]}
      />
      {upcomingMs.length > 0 && (
        <>
          <Title order={3} size="h4">
            {say("schedule.upcoming")}
          </Title>
          <List size="sm">
            {upcomingMs.map((atMs) => (
              <List.Item key={atMs}>{format.moment(atMs)}</List.Item>
            ))}
          </List>
        </>
      )}
      <Title order={3} size="h4">
        {say("schedule.payload")}
      </Title>
      <CodeBlock label={say("schedule.payload")} text={JSON.stringify(schedule.payload, null, 2)} />
    </>
  )
}

interface ScheduleDrawerProps {
  readonly schedule: ScheduleInfo | undefined
  readonly onClose: () => void
}

/** One schedule in full, with what its administrators can do with it. */
export const ScheduleDrawer = ({ schedule, onClose }: ScheduleDrawerProps) => {
  const { say } = useWords()
  const queries = useQueryClient()
  const { wholeInstallation } = useSession()
  const administers = useMay("administer")
  return (
    <Drawer
      opened={schedule !== undefined}
      onClose={onClose}
      position="right"
      size="lg"
      title={schedule?.scheduleId}
      closeButtonProps={{ "aria-label": say("action.close") }}
    >
      {schedule !== undefined && (
        <Stack gap="sm">
          {administers && (
            <Group gap="xs">
              {wholeInstallation && <ScheduleForm key={schedule.scheduleId} schedule={schedule} />}
              <ConfirmButton
                label={say("schedule.remove")}
                title={say("schedule.removeTitle", { schedule: schedule.scheduleId })}
                text={say("schedule.removeText")}
                color="red"
                act={async () => {
                  await ask((api) => api.timers.remove({ params: { scheduleId: schedule.scheduleId } }))
                  onClose()
                  await queries.invalidateQueries({ queryKey: ["schedules"] })
                }}
              />
            </Group>
          )}
          <Details schedule={schedule} />
        </Stack>
      )}
    </Drawer>
  )
}
