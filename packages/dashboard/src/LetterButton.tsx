import { Button, Code, Modal, Stack, Text } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import type { LetterDetail, ShownValue } from "@millrace/api"
import { Remote, useWords } from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { ask } from "./client.ts"

const Value = ({ value }: { readonly value: ShownValue }) => {
  const { say } = useWords()
  if (value._tag === "Tombstone") return <Text size="sm">{say("letters.tombstone")}</Text>
  const json = value._tag === "Decoded" ? value.value : value.json
  return (
    <Stack gap={4}>
      {value._tag === "Undecodable" && (
        <Text size="sm" className="bad">
          {say("letters.undecodable", { issue: value.issue })}
        </Text>
      )}
      {json !== undefined && <Code block>{JSON.stringify(json, null, 2)}</Code>}
    </Stack>
  )
}

const Letter = ({ letter }: { readonly letter: LetterDetail }) => {
  const { say } = useWords()
  return (
    <Stack gap="xs">
      <Text size="sm">{letter.message}</Text>
      {letter.origin !== undefined && (
        <Text size="sm" c="dimmed">
          {`${say("letters.origin")}: ${say("letters.at", {
            topic: letter.origin.topic,
            partition: String(letter.origin.partition),
            offset: String(letter.origin.offset)
          })}`}
        </Text>
      )}
      <Text fw={600}>{say("letters.value")}</Text>
      <Value value={letter.value} />
      <Text fw={600}>{say("letters.headers")}</Text>
      <Code block>
        {Object.entries(letter.headers)
          .map((pair) => pair.join(": "))
          .join("\n")}
      </Code>
    </Stack>
  )
}

/** Shows one dead letter with its value. */
export const LetterButton = ({ topic, letterId }: { readonly topic: string; readonly letterId: string }) => {
  const { say } = useWords()
  const [opened, { open, close }] = useDisclosure()
  const letter = useQuery({
    queryKey: ["letters", "letter", topic, letterId],
    enabled: opened,
    queryFn: ({ signal }) => ask((api) => api.deadLetters.letter({ params: { topic, letterId } }), signal)
  })
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={open}>
        {say("letters.look")}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        size="lg"
        title={letterId}
        closeButtonProps={{ "aria-label": say("action.close") }}
      >
        <Remote query={letter}>{(found) => <Letter letter={found} />}</Remote>
      </Modal>
    </>
  )
}
