import { Button, Group, Progress, Stack, Text } from "@mantine/core"
import type { TriageJobInfo } from "@millrace/api"
import { Remote, useWords, type Words } from "@millrace/page-parts"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { useEffect } from "react"
import { ask } from "./client.ts"
import { useMay } from "./useSession.ts"

/** What a job has done so far, or did. */
export const jobText = ({ say }: Words, { done, expected, kind, reason, state }: TriageJobInfo): string => {
  const values = { done, count: done, expected: expected ?? "?" }
  if (state === "running") return say("job.running", values)
  if (state === "done") return say(`job.${kind}`, values)
  return say(`job.${state}`, { ...values, reason: reason ?? "" })
}

/** How far a job has come, from 0 to 100. */
export const jobPercent = ({ done, expected = 0, state }: TriageJobInfo): number => {
  if (state === "done") return 100
  return expected === 0 ? 0 : Math.min(100, (done / expected) * 100)
}

/** Asks a running job to stop. */
export const StopJob = ({ jobId }: { readonly jobId: string }) => {
  const { say } = useWords()
  const queries = useQueryClient()
  const stop = useMutation({
    mutationFn: () => ask((api) => api.deadLetters.stopJob({ params: { jobId } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["jobs"] })
  })
  return (
    <Button size="compact-sm" variant="default" loading={stop.isPending} onClick={() => stop.mutate()}>
      {say("job.stop")}
    </Button>
  )
}

const Progressing = ({ job }: { readonly job: TriageJobInfo }) => {
  const words = useWords()
  const mayReplay = useMay("replay")
  const text = jobText(words, job)
  return (
    <Stack gap="xs">
      <Progress
        value={jobPercent(job)}
        animated={job.state === "running"}
        color={job.state === "failed" || job.state === "interrupted" ? "red" : "cyan"}
        aria-label={text}
      />
      <Group justify="space-between">
        <Text size="sm" role="status">
          {text}
        </Text>
        {job.state === "running" && mayReplay && <StopJob jobId={job.jobId} />}
      </Group>
    </Stack>
  )
}

/** How a job goes on, asked until it has ended; then the lists of letters are asked anew. */
export const TriageJob = ({ jobId }: { readonly jobId: string }) => {
  const queries = useQueryClient()
  const job = useQuery({
    queryKey: ["jobs", jobId],
    queryFn: ({ signal }) => ask((api) => api.deadLetters.job({ params: { jobId } }), signal),
    refetchInterval: ({ state }) => (state.data === undefined || state.data.state === "running" ? 500 : false)
  })
  const ended = job.data !== undefined && job.data.state !== "running"
  useEffect(() => {
    if (!ended) return
    void queries.invalidateQueries({ queryKey: ["letters"] })
    void queries.invalidateQueries({ queryKey: ["jobs", "all"] })
  }, [ended, queries])
  return <Remote query={job}>{(found) => <Progressing job={found} />}</Remote>
}
