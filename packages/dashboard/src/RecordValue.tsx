import { Alert, Stack, Text } from "@mantine/core"
import type { ShownValue } from "@millrace/api"
import { CodeBlock, Icon, useWords } from "@millrace/page-parts"

const jsonOf = (value: unknown): string => JSON.stringify(value, null, 2)

/** A record's value: decoded, or why it can't be, with what its bytes say all the same. */
export const RecordValue = ({ value }: { readonly value: ShownValue }) => {
  const { say, format } = useWords()
  const label = say("record.value")
  if (value._tag === "Tombstone") return <Text size="sm">{say("record.tombstone")}</Text>
  if (value._tag === "Decoded") return <CodeBlock label={label} text={jsonOf(value.value)} />
  return (
    <Stack gap="xs">
      <Alert color="red" variant="light" icon={<Icon name="warning" />} title={say("record.undecodable")}>
        {value.issue}
      </Alert>
      {value.json === undefined ? (
        <Text size="sm" c="dimmed">
          {say("record.bytes", { bytes: format.bytes(value.bytes) })}
        </Text>
      ) : (
        <CodeBlock label={label} text={jsonOf(value.json)} />
      )}
    </Stack>
  )
}
