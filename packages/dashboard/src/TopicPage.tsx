import { Anchor, Tabs, Text } from "@mantine/core"
import type { TopicInfo } from "@millrace/api"
import { EmptyState, Figure, Page, Remote, useWords } from "@millrace/page-parts"
import { Link, useLocation } from "wouter"
import { PauseButton } from "./PauseButton.tsx"
import { RecordSearch } from "./RecordSearch.tsx"
import { TopicLanes } from "./TopicLanes.tsx"
import { TopicSchema } from "./TopicSchema.tsx"
import { keepingOf, largestLag, partitionsOf, recordsOf } from "./topicFigures.ts"
import { pauseOf, usePauses } from "./usePauses.ts"
import { useTopics } from "./useTopics.ts"

const parts = [
  ["records", "record.list"],
  ["lanes", "topic.lanes"],
  ["schema", "topic.schema"]
] as const

const Figures = ({ topic }: { readonly topic: TopicInfo }) => {
  const words = useWords()
  const { say, format } = words
  const lag = largestLag(topic)
  return (
    <div className="figures">
      <Figure label={say("topic.records")} value={format.number(recordsOf(topic))} />
      <Figure label={say("topic.lag")} value={lag === undefined ? "–" : format.number(lag)} />
      <Figure label={say("topic.partitions")} value={format.number(partitionsOf(topic))} />
      <Figure label={say("topic.keeping")} value={keepingOf(words, topic)} />
    </div>
  )
}

const Parts = ({ topic, part }: { readonly topic: TopicInfo; readonly part: string }) => {
  const { say } = useWords()
  const [, navigate] = useLocation()
  return (
    <>
      <Text size="sm" c="dimmed">
        {topic.about}
      </Text>
      <Figures topic={topic} />
      <Tabs
        value={part}
        onChange={(to) => navigate(`/${topic.topic}${to === "records" ? "" : `/${to}`}`)}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          {parts.map(([name, title]) => (
            <Tabs.Tab key={name} value={name}>
              {say(title)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="records">
          <RecordSearch topic={topic} />
        </Tabs.Panel>
        <Tabs.Panel value="lanes">
          <TopicLanes topic={topic} />
        </Tabs.Panel>
        <Tabs.Panel value="schema">
          <TopicSchema topic={topic} />
        </Tabs.Panel>
      </Tabs>
    </>
  )
}

interface TopicPageProps {
  readonly topic: string
  readonly part: string | undefined
}

/** One topic: its records, its lanes and readers, and what its values look like. */
export const TopicPage = ({ topic: name, part = "records" }: TopicPageProps) => {
  const { say } = useWords()
  const topics = useTopics()
  const pauses = usePauses()
  const scope = { topic: name }
  const known = parts.some(([one]) => one === part) ? part : "records"
  return (
    <Page title={name} actions={<PauseButton scope={scope} pause={pauseOf(pauses.data?.pauses, scope)} />}>
      <Anchor component={Link} href="/" size="sm">
        {say("topic.back")}
      </Anchor>
      <Remote query={topics}>
        {(all) => {
          const topic = all.find((one) => one.topic === name)
          return topic === undefined ? (
            <EmptyState text={say("topic.notThere")} />
          ) : (
            <Parts topic={topic} part={known} />
          )
        }}
      </Remote>
    </Page>
  )
}
