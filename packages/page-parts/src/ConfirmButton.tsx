import { Button, type ButtonProps, Group, Modal, Stack, Text, Textarea } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { useMutation } from "@tanstack/react-query"
import { useState } from "react"
import { FailedState } from "./FailedState.tsx"
import { useWords } from "./useWords.ts"

interface ConfirmButtonProps {
  readonly label: string
  readonly title: string
  readonly text: string
  readonly color?: ButtonProps["color"]
  /** Asks why, which `act` is told; an empty text is none. */
  readonly withReason?: boolean
  readonly act: (reason: string) => Promise<unknown>
}

/** Does something after one more question, and stays open with what went wrong when it fails. */
export const ConfirmButton = ({ label, title, text, color, withReason = false, act }: ConfirmButtonProps) => {
  const { say } = useWords()
  const [opened, { open, close }] = useDisclosure()
  const [reason, setReason] = useState("")
  const acting = useMutation({
    mutationFn: () => act(reason.trim()),
    onSuccess: () => {
      setReason("")
      close()
    }
  })
  const paint = color === undefined ? {} : { color }
  return (
    <>
      <Button variant={color === undefined ? "light" : "default"} size="compact-sm" onClick={open}>
        {label}
      </Button>
      <Modal opened={opened} onClose={close} title={title} closeButtonProps={{ "aria-label": say("action.close") }}>
        <Stack>
          <Text size="sm">{text}</Text>
          {withReason && (
            <Textarea
              label={say("action.reason")}
              value={reason}
              maxLength={500}
              autosize
              minRows={2}
              data-autofocus
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          )}
          {acting.isError && <FailedState error={acting.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {say("action.cancel")}
            </Button>
            <Button
              {...paint}
              loading={acting.isPending}
              onClick={() => acting.mutate()}
              data-autofocus={!withReason || undefined}
            >
              {label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
