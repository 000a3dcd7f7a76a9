import { Anchor, Stack, Text } from "@mantine/core"
import type { TriageJobInfo } from "@millrace/api"
import {
  type Column,
  DataTable,
  Remote,
  Section,
  StateMark,
  type Tone,
  useNow,
  useWords,
  type Words
} from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { Link } from "wouter"
import { ask } from "./client.ts"
import { jobText, StopJob } from "./TriageJob.tsx"
import { useMay } from "./useSession.ts"

const tones: Readonly<Record<TriageJobInfo["state"], Tone>> = {
  running: "warning",
  done: "good",
  stopped: "plain",
  failed: "bad",
  interrupted: "bad"
}

const columnsOf = (words: Words, now: number, mayReplay: boolean): ReadonlyArray<Column<TriageJobInfo>> => [
  {
    name: "job.what",
    width: "2fr",
    cell: ({ kind, topic }) => (
      <Stack gap={0}>
        <Text size="sm" fw={600}>
          {words.say(`jobKind.${kind}`)}
        </Text>
        <Anchor component={Link} href={`/${topic}`} size="sm">
          {topic}
        </Anchor>
      </Stack>
    )
  },
  {
    name: "job.state",
    width: "3fr",
    cell: (job) => <StateMark tone={tones[job.state]} text={jobText(words, job)} />
  },
  { name: "job.by", width: "2fr", cell: ({ actor }) => actor },
  { name: "job.begun", width: "1fr", cell: ({ startedAtMs }) => words.format.ago(startedAtMs, now) },
  {
    name: "letters.actions",
    width: "6rem",
    cell: ({ jobId, state }) => (state === "running" && mayReplay ? <StopJob jobId={jobId} /> : null)
  }
]

/** The last jobs on dead letters of the workspace, with their progress. */
export const JobList = () => {
  const words = useWords()
  const now = useNow()
  const mayReplay = useMay("replay")
  const jobs = useQuery({
    queryKey: ["jobs", "all"],
    queryFn: ({ signal }) => ask((api) => api.deadLetters.jobs(), signal),
    refetchInterval: ({ state }) => (state.data?.some((one) => one.state === "running") === true ? 1_000 : 5_000)
  })
  return (
    <Section title={words.say("job.list")}>
      <Remote query={jobs} isEmpty={(all) => all.length === 0} empty="job.none">
        {(all) => (
          <DataTable
            label={words.say("job.list")}
            rows={all}
            rowKey={({ jobId }) => jobId}
            columns={columnsOf(words, now, mayReplay)}
          />
        )}
      </Remote>
    </Section>
  )
}
