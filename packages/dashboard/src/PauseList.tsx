import type { Pause } from "@millrace/contracts/schemas"
import { type Column, DataTable, Section, useNow, useWords, type Words } from "@millrace/page-parts"
import { PauseButton } from "./PauseButton.tsx"
import { usePauses } from "./usePauses.ts"
import { useScopeName } from "./useScopeName.ts"

const columnsOf = (
  { format }: Words,
  now: number,
  nameOf: ReturnType<typeof useScopeName>
): ReadonlyArray<Column<Pause>> => [
  { name: "pause.what", width: "2fr", cell: (pause) => <span className="warning">{nameOf(pause)}</span> },
  { name: "switch.by", cell: ({ actor }) => actor },
  { name: "switch.since", cell: ({ atMs }) => <span title={format.moment(atMs)}>{format.ago(atMs, now)}</span> },
  { name: "switch.why", width: "2fr", cell: ({ reason }) => reason ?? "–" },
  { name: "topic.actions", width: "7rem", cell: (pause) => <PauseButton scope={pause} pause={pause} /> }
]

/** Pauses that hold, each with the way to end it; nothing while there is none. */
export const PauseList = () => {
  const words = useWords()
  const now = useNow()
  const nameOf = useScopeName()
  const { data } = usePauses()
  if (data === undefined || data.pauses.length === 0) return null
  return (
    <Section title={words.say("pause.list")}>
      <DataTable
        label={words.say("pause.list")}
        rows={data.pauses}
        rowKey={({ lane, topic, worker }) => `${topic}/${lane ?? ""}/${worker ?? ""}`}
        columns={columnsOf(words, now, nameOf)}
      />
    </Section>
  )
}
