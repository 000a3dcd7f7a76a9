import { Alert, Text, TextInput } from "@mantine/core"
import type { GivenSelection } from "@millrace/api"
import { FormButton, Icon, useWords } from "@millrace/page-parts"
import { useState } from "react"
import { ask } from "./client.ts"
import { TriageJob } from "./TriageJob.tsx"

interface PurgeButtonProps {
  readonly topic: string
  readonly selection: GivenSelection
  /** Letters that wait and would be given up. */
  readonly count: number
  readonly label?: string
  /** Whether there is something to give up; an open form stays all the same. */
  readonly offered?: boolean
  /** The form was closed after letters were given up. */
  readonly onDone?: () => void
}

/** Gives letters up for good, once somebody has typed the word that confirms it. */
export const PurgeButton = ({ topic, selection, count, label, offered = true, onDone }: PurgeButtonProps) => {
  const { say } = useWords()
  const [typed, setTyped] = useState("")
  const word = say("purge.word")
  return (
    <FormButton
      label={label ?? say("purge.button")}
      title={say("purge.title")}
      submit={say("purge.button")}
      color="red"
      valid={typed === word}
      act={() => ask((api) => api.deadLetters.purge({ params: { topic }, payload: { selection } }))}
      done={({ jobId }) => <TriageJob jobId={jobId} />}
      offered={offered}
      onClosed={(wasDone) => {
        setTyped("")
        if (wasDone) onDone?.()
      }}
    >
      <Text size="sm">{say("purge.would", { count })}</Text>
      <Alert color="red" variant="light" icon={<Icon name="warning" />}>
        {say("purge.warning")}
      </Alert>
      <TextInput
        label={say("switch.type", { word })}
        autoComplete="off"
        data-autofocus
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </FormButton>
  )
}
