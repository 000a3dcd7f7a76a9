import { Button, Group, List, Modal, Stack, Text } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import type { ReplayPreview, TriageJobInfo } from "@millrace/api"
import { FailedState, Remote, useWords } from "@millrace/page-parts"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { useEffect } from "react"
import { ask } from "./client.ts"

interface OfGroup {
  readonly topic: string
  readonly fingerprint: string
}

const Preview = ({ preview }: { readonly preview: typeof ReplayPreview.Type }) => {
  const { say, format } = useWords()
  const { quarantined, refused, replayed, settled } = preview
  return (
    <Stack gap="xs">
      <Text size="sm">{say("replay.would", { count: replayed })}</Text>
      <Text size="sm" c="dimmed">
        {say("replay.left", { quarantined, settled, refused })}
      </Text>
      {preview.refusals.slice(0, 3).map(({ id, why }) => (
        <Text key={id} size="sm" className="warning">
          {`${id}: ${why}`}
        </Text>
      ))}
      {replayed > 0 && preview.first.length > 0 && (
        <>
          <Text size="sm" fw={600}>
            {say("replay.first")}
          </Text>
          <List size="sm">
            {preview.first.slice(0, 5).map(({ failedAtMs, key = "–", letterId }) => (
              <List.Item key={letterId}>{say("replay.key", { key, when: format.moment(failedAtMs) })}</List.Item>
            ))}
          </List>
        </>
      )}
    </Stack>
  )
}

/** How a job goes on, asked until it has ended. */
const Job = ({ jobId }: { readonly jobId: string }) => {
  const { say } = useWords()
  const queries = useQueryClient()
  const job = useQuery({
    queryKey: ["job", jobId],
    queryFn: ({ signal }) => ask((api) => api.deadLetters.job({ params: { jobId } }), signal),
    refetchInterval: ({ state }) => (state.data === undefined || state.data.state === "running" ? 500 : false)
  })
  const ended = job.data !== undefined && job.data.state !== "running"
  useEffect(() => {
    if (ended) void queries.invalidateQueries({ queryKey: ["letters"] })
  }, [ended, queries])
  return (
    <Remote query={job}>
      {({ done, state }: TriageJobInfo) => (
        <Text size="sm" role="status">
          {state === "running" && say("replay.running", { done })}
          {state === "done" && say("replay.done", { done, count: done })}
          {state !== "running" && state !== "done" && say("replay.ended", { state, done })}
        </Text>
      )}
    </Remote>
  )
}

const ReplayForm = ({ topic, fingerprint, onClose }: OfGroup & { readonly onClose: () => void }) => {
  const { say } = useWords()
  const params = { topic }
  const selection = { fingerprint }
  const preview = useQuery({
    queryKey: ["preview", topic, fingerprint],
    staleTime: 0,
    queryFn: ({ signal }) => ask((api) => api.deadLetters.preview({ params, payload: { selection } }), signal)
  })
  const replay = useMutation({
    mutationFn: () => ask((api) => api.deadLetters.replay({ params, payload: { selection } }))
  })
  return (
    <Stack>
      <Remote query={preview}>{(found) => <Preview preview={found} />}</Remote>
      {replay.isError && <FailedState error={replay.error} />}
      {replay.data !== undefined && <Job jobId={replay.data.jobId} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {say("action.close")}
        </Button>
        <Button
          loading={replay.isPending}
          disabled={preview.data === undefined || preview.data.replayed === 0 || replay.isSuccess}
          onClick={() => replay.mutate()}
        >
          {say("replay.button")}
        </Button>
      </Group>
    </Stack>
  )
}

/** Sends the letters of a cause back, after a look at which they are. */
export const ReplayButton = (of: OfGroup) => {
  const { say } = useWords()
  const [opened, { open, close }] = useDisclosure()
  return (
    <>
      <Button variant="light" size="compact-sm" onClick={open}>
        {say("replay.button")}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={say("replay.title")}
        closeButtonProps={{ "aria-label": say("action.close") }}
      >
        <ReplayForm {...of} onClose={close} />
      </Modal>
    </>
  )
}
