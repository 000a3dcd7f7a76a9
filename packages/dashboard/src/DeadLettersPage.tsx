import { Anchor } from "@mantine/core"
import type { TopicLetters } from "@millrace/api"
import { type Column, DataTable, Page, Remote, useWords, type Words } from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { Link, Route, Switch } from "wouter"
import { ask } from "./client.ts"
import { JobList } from "./JobList.tsx"
import { LetterGroups } from "./LetterGroups.tsx"
import { LetterList } from "./LetterList.tsx"
import { LetterPage } from "./LetterPage.tsx"

type TopicRow = typeof TopicLetters.Type

const columnsOf = ({ format }: Words): ReadonlyArray<Column<TopicRow>> => [
  {
    name: "letters.topic",
    width: "2fr",
    cell: ({ topic }) => (
      <Anchor component={Link} href={`/${topic}`} fw={600}>
        {topic}
      </Anchor>
    )
  },
  {
    name: "letters.open",
    figure: true,
    cell: ({ counts }) => <span className={counts.open > 0 ? "warning" : undefined}>{format.number(counts.open)}</span>
  },
  { name: "letters.quarantined", figure: true, cell: ({ counts }) => format.number(counts.quarantined) },
  {
    name: "letters.settled",
    figure: true,
    cell: ({ counts }) => format.number(counts.replayed + counts.edited + counts.purged)
  }
]

const Topics = () => {
  const words = useWords()
  const { say } = words
  const topics = useQuery({
    queryKey: ["letters", "topics"],
    queryFn: ({ signal }) => ask((api) => api.deadLetters.topics(), signal),
    refetchInterval: 10_000
  })
  return (
    <Page title={say("nav.letters")} hint={say("letters.hint")}>
      <Remote query={topics} isEmpty={(all) => all.length === 0} empty="letters.none">
        {(all) => (
          <DataTable label={say("nav.letters")} rows={all} rowKey={({ topic }) => topic} columns={columnsOf(words)} />
        )}
      </Remote>
      <JobList />
    </Page>
  )
}

/** Dead letters: the topics that have some, of each its causes, its letters, and each of them; the jobs on them. */
const DeadLettersPage = () => (
  <Switch>
    <Route path="/:topic/letters/:letterId">
      {({ letterId, topic }) => <LetterPage topic={topic} letterId={letterId} key={letterId} />}
    </Route>
    <Route path="/:topic/letters">{({ topic }) => <LetterList topic={topic} key={topic} />}</Route>
    <Route path="/:topic">{({ topic }) => <LetterGroups topic={topic} />}</Route>
    <Route>
      <Topics />
    </Route>
  </Switch>
)

export default DeadLettersPage
