import { Button, type ButtonProps, Group, Modal, Stack, Text } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { useMutation } from "@tanstack/react-query"
import { FailedState } from "./FailedState.tsx"
import { useWords } from "./useWords.ts"

interface ConfirmButtonProps {
  readonly label: string
  readonly title: string
  readonly text: string
  readonly color?: ButtonProps["color"]
  readonly act: () => Promise<unknown>
}

/** Does something after one more question, and stays open with what went wrong when it fails. */
export const ConfirmButton = ({ label, title, text, color, act }: ConfirmButtonProps) => {
  const { say } = useWords()
  const [opened, { open, close }] = useDisclosure()
  const acting = useMutation({ mutationFn: act, onSuccess: close })
  const paint = color === undefined ? {} : { color }
  return (
    <>
      <Button variant="light" size="compact-sm" {...paint} onClick={open}>
        {label}
      </Button>
      <Modal opened={opened} onClose={close} title={title} closeButtonProps={{ "aria-label": say("action.close") }}>
        <Stack>
          <Text size="sm">{text}</Text>
          {acting.isError && <FailedState error={acting.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {say("action.cancel")}
            </Button>
            <Button {...paint} loading={acting.isPending} onClick={() => acting.mutate()} data-autofocus>
              {label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
