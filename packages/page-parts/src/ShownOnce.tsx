import { Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core"
import { useWords } from "./useWords.ts"

interface ShownOnceProps {
  /** What it is, and what to do with it now. */
  readonly text: string
  readonly secret: string
  readonly note?: string
}

/** A secret that nobody can read again: to be copied now. */
export const ShownOnce = ({ text, secret, note }: ShownOnceProps) => {
  const { say } = useWords()
  return (
    <Stack gap="xs" role="status">
      <Text size="sm">{text}</Text>
      <Code block className="secret">
        {secret}
      </Code>
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {note}
        </Text>
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button size="compact-sm" onClick={copy} data-autofocus>
              {say(copied ? "action.copied" : "action.copy")}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Stack>
  )
}
