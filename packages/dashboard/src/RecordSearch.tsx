import { Stack, Switch } from "@mantine/core"
import type { TopicInfo } from "@millrace/api"
import { Remote, SearchProgress, useAddress, useWords } from "@millrace/page-parts"
import { RecordDrawer } from "./RecordDrawer.tsx"
import { RecordForm } from "./RecordForm.tsx"
import { RecordTable } from "./RecordTable.tsx"
import { askedOf, placeOf, useRecords } from "./useRecords.ts"

/** Records of a topic: what is asked for stands in the address, also the record that is open. */
export const RecordSearch = ({ topic }: { readonly topic: TopicInfo }) => {
  const { say } = useWords()
  const address = useAddress()
  const { read, write } = address
  const asked = askedOf(address)
  const follows = read("follow") === "1"
  const search = useRecords(topic.topic, asked, follows)
  const { query, rows } = search
  const open = read("record")
  const at = rows.findIndex((row) => placeOf(row) === open)
  const goTo = (row: (typeof rows)[number] | undefined) =>
    row === undefined ? undefined : () => write({ record: placeOf(row) }, true)
  return (
    <Stack gap="sm">
      <RecordForm
        key={JSON.stringify(asked)}
        lanes={topic.lanes.map(({ lane }) => lane)}
        asked={asked}
        onSearch={(next) => write({ ...next, record: "" })}
      />
      <Switch
        label={say("search.follow")}
        checked={follows}
        disabled={asked.order === "oldest" || asked.to !== ""}
        onChange={(event) => write({ follow: event.currentTarget.checked ? "1" : "" }, true)}
      />
      <SearchProgress search={search} />
      <Remote query={query} isEmpty={() => rows.length === 0 && !search.searching} empty="record.none">
        {() => (
          <RecordTable
            rows={rows}
            withLane={topic.lanes.length > 1}
            onMore={search.more}
            onOpen={(row) => write({ record: placeOf(row) })}
          />
        )}
      </Remote>
      <RecordDrawer
        topic={topic.topic}
        place={open}
        onClose={() => write({ record: "" })}
        onPrevious={at > 0 ? goTo(rows[at - 1]) : undefined}
        onNext={at >= 0 ? goTo(rows[at + 1]) : undefined}
        onKey={(key) => write({ key, record: "", text: "", field: "", equals: "", follow: "" })}
      />
    </Stack>
  )
}
