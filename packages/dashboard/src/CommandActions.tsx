import { Alert, Anchor, Group, Text, Textarea } from "@mantine/core"
import type { CommandDetails } from "@millrace/api"
import { ConfirmButton, FormButton, useWords } from "@millrace/page-parts"
import { useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { Link } from "wouter"
import { ask } from "./client.ts"
import { RepeatedOutcome } from "./RepeatedOutcome.tsx"
import { SettleButton } from "./SettleButton.tsx"
import { useMay } from "./useSession.ts"
import { withReason } from "./withReason.ts"

interface OfCommand {
  readonly commandId: string
}

const Cancel = ({ commandId }: OfCommand) => {
  const { say } = useWords()
  const queries = useQueryClient()
  const cancel = async (reason: string) => {
    await ask((api) => api.commands.cancel({ params: { commandId }, payload: withReason(reason) }))
    await queries.invalidateQueries({ queryKey: ["commands"] })
  }
  return (
    <ConfirmButton
      label={say("cancel.button")}
      title={say("cancel.title")}
      text={say("cancel.text")}
      color="red"
      withReason
      act={cancel}
    />
  )
}

const Execute = ({ commandId }: OfCommand) => {
  const { say } = useWords()
  const queries = useQueryClient()
  const [reason, setReason] = useState("")
  const execute = async () => {
    const payload = withReason(reason)
    const sent = await ask((api) => api.commands.execute({ params: { commandId }, payload }))
    void queries.invalidateQueries({ queryKey: ["commands"] })
    return sent
  }
  return (
    <FormButton
      label={say("execute.button")}
      title={say("execute.title")}
      submit={say("execute.button")}
      act={execute}
      onClosed={() => setReason("")}
      done={(sent) => (
        <>
          <Text size="sm">{say(sent.sent ? "execute.sent" : "execute.sentBefore")}</Text>
          <RepeatedOutcome commandId={sent.commandId} />
          <Anchor component={Link} href={`/${sent.commandId}`} size="sm">
            {say("execute.look")}
          </Anchor>
        </>
      )}
    >
      <Text size="sm">{say("execute.text")}</Text>
      <Textarea
        label={say("action.reason")}
        value={reason}
        maxLength={500}
        autosize
        minRows={2}
        data-autofocus
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </FormButton>
  )
}

/** The ways to end a command by hand, of those that its status allows. */
export const CommandActions = ({ details }: { readonly details: CommandDetails }) => {
  const { say } = useWords()
  const may = useMay("trading")
  const { command, orders } = details
  const { commandId, status } = command
  if (!may) {
    return (
      <Alert variant="light" color="gray">
        {say("command.mayNot")}
      </Alert>
    )
  }
  return (
    <Group>
      {status === "pending" && <Cancel commandId={commandId} />}
      {(status === "refused" || status === "failed") && <Execute commandId={commandId} />}
      {status === "unknown" && <SettleButton commandId={commandId} orders={orders} />}
    </Group>
  )
}
