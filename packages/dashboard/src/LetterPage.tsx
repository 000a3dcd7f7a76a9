import { Anchor, Group, Stack, Tabs, Text } from "@mantine/core"
import type { LetterDetail } from "@millrace/api"
import { CodeBlock, Facts, Page, Remote, useAddress, useWords, type Words } from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { Link } from "wouter"
import { ask } from "./client.ts"
import { EditLetter } from "./EditLetter.tsx"
import { LetterMark } from "./LetterMark.tsx"
import { PurgeButton } from "./PurgeButton.tsx"
import { RecordValue } from "./RecordValue.tsx"
import { ReplayButton } from "./ReplayButton.tsx"
import { useMay } from "./useSession.ts"

const Actions = ({ letter }: { readonly letter: LetterDetail }) => {
  const may = useMay("replay")
  const { letterId, state, topic } = letter
  if (!may) return null
  const offered = state === "open" || state === "quarantined"
  const selection = { letterIds: [letterId] }
  return (
    <Group gap="xs">
      <ReplayButton topic={topic} selection={selection} offered={offered} />
      <EditLetter letter={letter} offered={offered} />
      <PurgeButton topic={topic} selection={selection} count={1} offered={offered} />
    </Group>
  )
}

const markText = ({ say, format }: Words, { mark }: LetterDetail): string | undefined =>
  mark === undefined ? undefined : say("letters.markedBy", { who: mark.actor, when: format.moment(mark.atMs) })

const About = ({ letter }: { readonly letter: LetterDetail }) => {
  const words = useWords()
  const { say, format } = words
  const { origin, raw } = letter
  const moment = (ms: number | undefined) => (ms === undefined ? undefined : format.moment(ms))
  const service = [letter.service, letter.version].filter((part) => part !== undefined).join(" ")
  return (
    <Facts
      facts={[
        [say("letters.key"), letter.key],
        [say("letters.kind"), letter.kind],
        [say("letters.attempts"), letter.attempts === undefined ? undefined : format.number(letter.attempts)],
        [say("letters.replays"), letter.replayCount === 0 ? undefined : format.number(letter.replayCount)],
        [say("letters.firstFailure"), moment(letter.firstFailureMs)],
        [say("letters.failed"), moment(letter.lastFailureMs ?? letter.failedAtMs)],
        [say("letters.service"), service],
        [say("letters.trace"), letter.traceId],
        [
          say("letters.origin"),
          origin === undefined
            ? undefined
            : say("letters.at", {
                topic: origin.topic,
                partition: String(origin.partition),
                offset: String(origin.offset)
              })
        ],
        [say("record.workspace"), letter.workspaceId],
        [say("letters.schema"), raw?.schemaId === undefined ? undefined : String(raw.schemaId)],
        [say("letters.marked"), markText(words, letter)],
        [say("letters.editReason"), letter.mark?.editReason]
      ]}
    />
  )
}

const Raw = ({ letter: { raw } }: { readonly letter: LetterDetail }) => {
  const { say, format } = useWords()
  if (raw === undefined) return <Text size="sm">{say("record.tombstone")}</Text>
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {say(raw.cut ? "letters.rawCut" : "letters.rawBytes", { bytes: format.bytes(raw.bytes) })}
      </Text>
      <CodeBlock label={say("letters.raw")} text={raw.text} />
    </Stack>
  )
}

const Content = ({ letter }: { readonly letter: LetterDetail }) => {
  const { say } = useWords()
  const { read, write } = useAddress()
  const headers = Object.entries(letter.headers).map((pair) => pair.join(": "))
  return (
    <Tabs
      value={read("part") === "" ? "value" : read("part")}
      onChange={(part) => write({ part: part === "value" || part === null ? "" : part }, true)}
      keepMounted={false}
    >
      <Tabs.List mb="sm">
        <Tabs.Tab value="value">{say("letters.value")}</Tabs.Tab>
        <Tabs.Tab value="raw">{say("letters.raw")}</Tabs.Tab>
        <Tabs.Tab value="headers">{say("letters.headers")}</Tabs.Tab>
        {letter.stack !== undefined && <Tabs.Tab value="stack">{say("letters.stack")}</Tabs.Tab>}
      </Tabs.List>
      <Tabs.Panel value="value">
        <RecordValue value={letter.value} />
      </Tabs.Panel>
      <Tabs.Panel value="raw">
        <Raw letter={letter} />
      </Tabs.Panel>
      <Tabs.Panel value="headers">
        <CodeBlock label={say("letters.headers")} text={headers.join("\n")} />
      </Tabs.Panel>
      <Tabs.Panel value="stack">
        <CodeBlock label={say("letters.stack")} text={letter.stack ?? ""} />
      </Tabs.Panel>
    </Tabs>
  )
}

interface OfLetter {
  readonly topic: string
  readonly letterId: string
}

/** One dead letter: why it was set aside, what it holds, and what can be done with it. */
export const LetterPage = ({ topic, letterId }: OfLetter) => {
  const { say } = useWords()
  const letter = useQuery({
    queryKey: ["letters", "letter", topic, letterId],
    queryFn: ({ signal }) => ask((api) => api.deadLetters.letter({ params: { topic, letterId } }), signal),
    refetchInterval: 10_000
  })
  return (
    <Page title={say("letters.one")} hint={topic}>
      <Anchor component={Link} href={`/${topic}/letters`} size="sm">
        {say("letters.backToList")}
      </Anchor>
      <Remote query={letter}>
        {(found) => (
          <>
            <Stack gap={4}>
              <LetterMark state={found.state} />
              <Text fw={600}>{found.tag}</Text>
              <Text>{found.message}</Text>
            </Stack>
            <Actions letter={found} />
            <About letter={found} />
            <Content letter={found} />
          </>
        )}
      </Remote>
    </Page>
  )
}
