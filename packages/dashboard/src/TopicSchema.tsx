import type { TopicInfo } from "@millrace/api"
import { CodeBlock, EmptyState, Remote, useWords } from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { ask } from "./client.ts"

const Document = ({ topic }: { readonly topic: string }) => {
  const { say } = useWords()
  const schema = useQuery({
    queryKey: ["topics", topic, "schema"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => ask((api) => api.topics.schema({ params: { topic } }), signal)
  })
  return (
    <Remote query={schema}>
      {(found) => <CodeBlock label={say("topic.schema")} text={JSON.stringify(found.schema, null, 2)} />}
    </Remote>
  )
}

/** What the values of a topic look like, as JSON Schema. */
export const TopicSchema = ({ topic }: { readonly topic: TopicInfo }) => {
  const { say } = useWords()
  return topic.hasSchema ? <Document topic={topic.topic} /> : <EmptyState text={say("topic.noSchema")} />
}
