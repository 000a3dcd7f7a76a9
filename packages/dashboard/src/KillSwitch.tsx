import { Alert, Button, Group, Modal, Radio, Stack, Textarea, TextInput } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import type { SwitchScope } from "@millrace/api"
import { FailedState, Icon, useWords } from "@millrace/page-parts"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { type FormEvent, useState } from "react"
import { ask } from "./client.ts"
import { useSession } from "./useSession.ts"

type Wide = "workspace" | "installation"
type Mode = "REDUCE_ONLY" | "HALTED"

interface KillSwitchProps {
  /** Absent: the workspace, or everything. */
  readonly scope?: SwitchScope
  readonly label?: string
  readonly compact?: boolean
}

/** Stops trading for a scope, once somebody has typed the word that confirms it. */
export const KillSwitch = ({ scope, label, compact = false }: KillSwitchProps) => {
  const { say } = useWords()
  const queries = useQueryClient()
  const { wholeInstallation } = useSession()
  const [opened, { open, close }] = useDisclosure()
  const [wide, setWide] = useState<Wide>("workspace")
  const [mode, setMode] = useState<Mode>("REDUCE_ONLY")
  const [reason, setReason] = useState("")
  const [typed, setTyped] = useState("")
  const word = say("switch.word")
  const set = useMutation({
    mutationFn: () =>
      ask((api) =>
        api.trading.setSwitch({
          payload: {
            scope: scope ?? { of: wide },
            mode,
            ...(reason.trim() === "" ? {} : { reason: reason.trim() })
          }
        })
      ),
    onSuccess: () => {
      close()
      setTyped("")
      setReason("")
      void queries.invalidateQueries({ queryKey: ["switches"] })
      void queries.invalidateQueries({ queryKey: ["trading"] })
    }
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (typed === word) set.mutate()
  }
  return (
    <>
      <Button
        color="red"
        variant={compact ? "light" : "filled"}
        size={compact ? "compact-sm" : "sm"}
        leftSection={compact ? undefined : <Icon name="stop" />}
        onClick={open}
      >
        {label ?? say("switch.button")}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={say("switch.title")}
        closeButtonProps={{ "aria-label": say("action.close") }}
      >
        <form onSubmit={submit}>
          <Stack>
            {scope === undefined && (
              <Radio.Group label={say("switch.scope")} value={wide} onChange={(value) => setWide(value as Wide)}>
                <Stack gap={6} mt={6}>
                  <Radio value="workspace" label={say("switch.ofWorkspace")} />
                  {wholeInstallation && <Radio value="installation" label={say("switch.ofInstallation")} />}
                </Stack>
              </Radio.Group>
            )}
            <Radio.Group label={say("switch.mode")} value={mode} onChange={(value) => setMode(value as Mode)}>
              <Stack gap={6} mt={6}>
                <Radio value="REDUCE_ONLY" label={say("switch.reduceOnly")} />
                <Radio value="HALTED" label={say("switch.halted")} />
              </Stack>
            </Radio.Group>
            {mode === "HALTED" && (
              <Alert color="red" icon={<Icon name="warning" />}>
                {say("switch.warning")}
              </Alert>
            )}
            <Textarea
              label={say("switch.reason")}
              value={reason}
              maxLength={500}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <TextInput
              label={say("switch.type", { word })}
              autoComplete="off"
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
            {set.isError && <FailedState error={set.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                {say("action.cancel")}
              </Button>
              <Button type="submit" color="red" disabled={typed !== word} loading={set.isPending}>
                {say("switch.set")}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  )
}
