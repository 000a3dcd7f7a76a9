import { Alert, Button, Stack, Text } from "@mantine/core"
import { explainError } from "./explainError.ts"
import { useWords } from "./useWords.ts"

/** In a dialog that is longer than the window, what was just refused would else be below its edge. */
const bringIntoSight = (node: HTMLElement | null): void => {
  if (node?.closest("[role=dialog]") != null) node.scrollIntoView({ block: "nearest" })
}

/** What went wrong, what the server says of it, and a way to try again. */
export const FailedState = ({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) => {
  const { say } = useWords()
  const { key, values, detail } = explainError(error)
  return (
    <Alert ref={bringIntoSight} color="red" variant="light" title={say("error.title")} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{say(key, values)}</Text>
        {detail !== undefined && (
          <Text size="sm" c="dimmed">
            {`${say("error.detail")}: ${detail}`}
          </Text>
        )}
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {say("state.retry")}
          </Button>
        )}
      </Stack>
    </Alert>
  )
}
