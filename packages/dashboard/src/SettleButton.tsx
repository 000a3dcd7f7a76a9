import { Alert, NativeSelect, Radio, Stack, Text, Textarea, TextInput } from "@mantine/core"
import type { OrderInfo } from "@millrace/api"
import { FormButton, Icon, useWords } from "@millrace/page-parts"
import { useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { ask } from "./client.ts"
import { withReason } from "./withReason.ts"

type Verdict = "applied" | "not_applied"

interface SettleButtonProps {
  readonly commandId: string
  readonly orders: ReadonlyArray<OrderInfo>
}

/** Says what became of an order whose result nobody knows; the first verdict holds. */
export const SettleButton = ({ commandId, orders }: SettleButtonProps) => {
  const { say } = useWords()
  const queries = useQueryClient()
  const unknown = orders.filter(({ state }) => state === "unknown")
  const [chosen, choose] = useState("")
  const [verdict, setVerdict] = useState<Verdict | "">("")
  const [effect, setEffect] = useState("")
  const [reason, setReason] = useState("")
  const intentId = chosen === "" ? unknown[0]?.intentId : chosen
  const settle = async () => {
    if (verdict === "") return
    const payload = {
      verdict,
      ...(intentId === undefined ? {} : { intentId }),
      ...(verdict === "applied" && effect.trim() !== "" ? { effectId: effect.trim() } : {}),
      ...withReason(reason)
    }
    await ask((api) => api.commands.settle({ params: { commandId }, payload }))
    await queries.invalidateQueries({ queryKey: ["commands"] })
  }
  const empty = () => {
    choose("")
    setVerdict("")
    setEffect("")
    setReason("")
  }
  return (
    <FormButton
      label={say("settle.button")}
      title={say("settle.title")}
      submit={say("settle.button")}
      variant="filled"
      size="sm"
      valid={verdict !== ""}
      act={settle}
      onClosed={empty}
    >
      <Alert color="yellow" icon={<Icon name="warning" />}>
        {say("settle.warning")}
      </Alert>
      {unknown.length > 1 && (
        <NativeSelect
          label={say("settle.order")}
          value={intentId ?? ""}
          onChange={(event) => choose(event.currentTarget.value)}
          data={unknown.map((one) => ({ value: one.intentId, label: one.intentId }))}
        />
      )}
      <Radio.Group
        label={say("settle.question")}
        value={verdict}
        onChange={(value) => setVerdict(value as Verdict)}
        required
      >
        <Stack gap={6} mt={6}>
          <Radio value="applied" label={say("verdict.applied")} description={say("settle.applied")} />
          <Radio value="not_applied" label={say("verdict.not_applied")} description={say("settle.notApplied")} />
        </Stack>
      </Radio.Group>
      {verdict === "applied" && (
        <TextInput
          label={say("settle.effect")}
          autoComplete="off"
          maxLength={200}
          value={effect}
          onChange={(event) => setEffect(event.currentTarget.value)}
        />
      )}
      <Textarea
        label={say("action.reason")}
        value={reason}
        maxLength={500}
        autosize
        minRows={2}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Text size="xs" c="dimmed">
        {say("settle.then")}
      </Text>
    </FormButton>
  )
}
