import { Button, type ButtonProps, Group, Modal, Stack } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { useMutation } from "@tanstack/react-query"
import type { FormEvent, ReactNode } from "react"
import { FailedState } from "./FailedState.tsx"
import { useWords } from "./useWords.ts"

interface FormButtonProps<A> {
  readonly label: string
  readonly title: string
  /** Of the button that sends the form. */
  readonly submit: string
  readonly color?: ButtonProps["color"]
  readonly variant?: ButtonProps["variant"]
  readonly size?: ButtonProps["size"]
  readonly modalSize?: string
  /** Whether the fields can be sent as they are; default: yes. */
  readonly valid?: boolean
  readonly act: () => Promise<A>
  /** Shown in place of the fields once it is done; absent: the form closes. */
  readonly done?: (result: A) => ReactNode
  /** The form was closed, after it was done or not: its fields are to be empty again. */
  readonly onClosed?: (wasDone: boolean) => void
  /** Whether the button is there; an open form stays also without it, so that its result can be read. Default: yes. */
  readonly offered?: boolean
  readonly children: ReactNode
}

/** A button that opens a form; what goes wrong is said in it, and its fields stay. */
export function FormButton<A>(props: FormButtonProps<A>) {
  const { act, children, done, label, modalSize = "md", onClosed, offered = true, submit, title, valid = true } = props
  const { color, size = "compact-sm", variant = "light" } = props
  const { say } = useWords()
  const [opened, { open, close }] = useDisclosure()
  const leave = () => {
    close()
    acting.reset()
    onClosed?.(acting.isSuccess)
  }
  const acting = useMutation({
    mutationFn: act,
    onSuccess: () => {
      if (done === undefined) leave()
    }
  })
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (valid) acting.mutate()
  }
  const paint = color === undefined ? {} : { color }
  const over = done !== undefined && acting.isSuccess
  return (
    <>
      {offered && (
        <Button variant={variant} size={size} {...paint} onClick={open}>
          {label}
        </Button>
      )}
      <Modal
        opened={opened}
        onClose={leave}
        title={title}
        size={modalSize}
        closeOnClickOutside={!over}
        closeButtonProps={{ "aria-label": say("action.close") }}
      >
        <form onSubmit={send}>
          <Stack>
            {over ? done(acting.data) : children}
            {acting.isError && <FailedState error={acting.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={leave}>
                {say(over ? "action.close" : "action.cancel")}
              </Button>
              {!over && (
                <Button type="submit" {...paint} disabled={!valid} loading={acting.isPending}>
                  {submit}
                </Button>
              )}
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  )
}
