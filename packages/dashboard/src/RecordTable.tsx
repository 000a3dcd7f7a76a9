import { Anchor } from "@mantine/core"
import type { RecordInfo, ShownValue } from "@millrace/api"
import { type Column, DataTable, StateMark, useWords, type Words } from "@millrace/page-parts"
import { placeOf } from "./useRecords.ts"

const shownCharacters = 300

/** A value in a line or two. */
const Preview = ({ value }: { readonly value: ShownValue }) => {
  const { say } = useWords()
  if (value._tag === "Tombstone") return <StateMark tone="plain" text={say("record.tombstone")} />
  if (value._tag === "Undecodable")
    return <StateMark tone="bad" text={`${say("record.undecodable")}: ${value.issue}`} />
  return <span className="preview">{JSON.stringify(value.value).slice(0, shownCharacters)}</span>
}

const columnsOf = (
  { format, say }: Words,
  withLane: boolean,
  onOpen: (row: RecordInfo) => void
): ReadonlyArray<Column<RecordInfo>> => [
  {
    name: "record.at",
    width: "10.5rem",
    cell: (row) => {
      const when = format.moment(row.timestampMs)
      return (
        <Anchor
          component="button"
          type="button"
          size="sm"
          aria-label={say("record.open", { when })}
          onClick={() => onOpen(row)}
        >
          {when}
        </Anchor>
      )
    }
  },
  {
    name: "record.place",
    width: "8rem",
    cell: ({ offset, partition }) => <span className="number">{`${partition} · ${offset}`}</span>
  },
  ...(withLane ? [{ name: "record.lane", width: "5rem", cell: ({ lane }: RecordInfo) => lane } as const] : []),
  { name: "record.key", width: "2fr", cell: ({ key }) => <span className="preview">{key ?? "–"}</span> },
  { name: "record.value", width: "5fr", cell: ({ value }) => <Preview value={value} /> }
]

interface RecordTableProps {
  readonly rows: ReadonlyArray<RecordInfo>
  readonly withLane: boolean
  readonly onMore: (() => void) | undefined
  readonly onOpen: (row: RecordInfo) => void
}

/** Records, one a line; more are looked for as somebody scrolls. */
export const RecordTable = ({ rows, withLane, onMore, onOpen }: RecordTableProps) => {
  const words = useWords()
  return (
    <DataTable
      label={words.say("record.list")}
      rows={rows}
      rowKey={placeOf}
      columns={columnsOf(words, withLane, onOpen)}
      onMore={onMore}
    />
  )
}
