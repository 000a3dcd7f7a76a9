import { List, Stack, Text } from "@mantine/core"
import type { GivenSelection, ReplayPreview } from "@millrace/api"
import { FormButton, Remote, useWords } from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { ask } from "./client.ts"
import { TriageJob } from "./TriageJob.tsx"

const shownFirst = 5
const shownRefusals = 3

interface OfLetters {
  readonly topic: string
  readonly selection: GivenSelection
}

const Preview = ({ preview }: { readonly preview: typeof ReplayPreview.Type }) => {
  const { say, format } = useWords()
  const { overtaking, quarantined, refused, replayed, settled } = preview
  return (
    <Stack gap="xs">
      <Text size="sm">{say("replay.would", { count: replayed })}</Text>
      <Text size="sm" c="dimmed">
        {say("replay.left", { quarantined, settled, refused })}
      </Text>
      {overtaking > 0 && (
        <Text size="sm" className="warning">
          {say("replay.overtaking", { count: overtaking })}
        </Text>
      )}
      {preview.refusals.slice(0, shownRefusals).map(({ id, why }) => (
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
            {preview.first.slice(0, shownFirst).map(({ failedAtMs, key = "–", letterId }) => (
              <List.Item key={letterId}>{say("replay.key", { key, when: format.moment(failedAtMs) })}</List.Item>
            ))}
          </List>
        </>
      )}
    </Stack>
  )
}

interface AskedPreview extends OfLetters {
  readonly onFound: (replayed: number) => void
}

/** What a replay would do, asked anew each time the form opens. */
const PreviewOf = ({ topic, selection, onFound }: AskedPreview) => {
  const preview = useQuery({
    queryKey: ["preview", topic, selection],
    staleTime: 0,
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const found = await ask((api) => api.deadLetters.preview({ params: { topic }, payload: { selection } }), signal)
      onFound(found.replayed)
      return found
    }
  })
  return <Remote query={preview}>{(found) => <Preview preview={found} />}</Remote>
}

interface ReplayButtonProps extends OfLetters {
  readonly label?: string
  /** Whether there is something to send back; an open form stays all the same. */
  readonly offered?: boolean
  /** The form was closed after letters went back. */
  readonly onDone?: () => void
}

/** Sends letters back to their lanes, after a look at which they are. */
export const ReplayButton = ({ topic, selection, label, offered = true, onDone }: ReplayButtonProps) => {
  const { say } = useWords()
  const [found, setFound] = useState(0)
  return (
    <FormButton
      label={label ?? say("replay.button")}
      title={say("replay.title")}
      submit={say("replay.button")}
      valid={found > 0}
      act={() => ask((api) => api.deadLetters.replay({ params: { topic }, payload: { selection } }))}
      done={({ jobId }) => <TriageJob jobId={jobId} />}
      offered={offered}
      onClosed={(wasDone) => {
        setFound(0)
        if (wasDone) onDone?.()
      }}
    >
      <PreviewOf topic={topic} selection={selection} onFound={setFound} />
    </FormButton>
  )
}
