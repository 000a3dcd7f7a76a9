import { Button, Drawer, Group, Stack, Text, Title } from "@mantine/core"
import type { RecordInfo } from "@millrace/api"
import { CodeBlock, Facts, Remote, useWords } from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { ask } from "./client.ts"
import { RecordValue } from "./RecordValue.tsx"
import { readPlace } from "./useRecords.ts"

const Details = ({ record }: { readonly record: RecordInfo }) => {
  const { say, format } = useWords()
  const { headers, key, lane, offset, partition, timestampMs, value, workspaceId } = record
  const lines = Object.entries(headers).map(([name, text]) => `${name}: ${text}`)
  return (
    <>
      <Facts
        facts={[
          [say("record.at"), format.moment(timestampMs)],
          [say("record.lane"), lane],
          [say("record.partition"), String(partition)],
          [say("record.offset"), String(offset)],
          [say("record.workspace"), workspaceId ?? "–"],
          [say("record.key"), key ?? "–"]
        ]}
      />
      <Title order={3} size="h4">
        {say("record.value")}
      </Title>
      <RecordValue value={value} />
      <Title order={3} size="h4">
        {say("record.headers")}
      </Title>
      <CodeBlock label={say("record.headers")} text={lines.length === 0 ? "–" : lines.join("\n")} />
      <Text size="xs" c="dimmed">
        {say("record.hidden")}
      </Text>
    </>
  )
}

interface RecordDrawerProps {
  readonly topic: string
  /** As `placeOf` writes it; empty: closed. */
  readonly place: string
  readonly onClose: () => void
  readonly onPrevious: (() => void) | undefined
  readonly onNext: (() => void) | undefined
  /** Looks for all records of a key. */
  readonly onKey: (key: string) => void
}

/** One record in full, beside the list that it is from. */
export const RecordDrawer = ({ topic, place: text, onClose, onPrevious, onNext, onKey }: RecordDrawerProps) => {
  const { say } = useWords()
  const place = readPlace(text)
  const record = useQuery({
    queryKey: ["record", topic, text],
    enabled: place !== undefined,
    queryFn: ({ signal }) =>
      ask((api) => api.topics.records({ params: { topic }, query: { ...place!, order: "oldest", limit: 1 } }), signal)
  })
  const title =
    place === undefined
      ? topic
      : say("record.title", { topic, partition: String(place.partition), offset: String(place.offset) })
  const key = record.data?.items[0]?.key
  return (
    <Drawer
      opened={place !== undefined}
      onClose={onClose}
      position="right"
      size="xl"
      title={title}
      closeButtonProps={{ "aria-label": say("action.close") }}
    >
      <Stack gap="sm">
        <Group gap="xs">
          <Button variant="default" size="compact-sm" disabled={onPrevious === undefined} onClick={onPrevious}>
            {say("record.newer")}
          </Button>
          <Button variant="default" size="compact-sm" disabled={onNext === undefined} onClick={onNext}>
            {say("record.older")}
          </Button>
          {key !== undefined && (
            <Button variant="light" size="compact-sm" onClick={() => onKey(key)}>
              {say("record.sameKey")}
            </Button>
          )}
        </Group>
        <Remote query={record} isEmpty={({ items }) => items[0]?.offset !== place?.offset} empty="record.gone">
          {({ items }) => <Details record={items[0]!} />}
        </Remote>
      </Stack>
    </Drawer>
  )
}
