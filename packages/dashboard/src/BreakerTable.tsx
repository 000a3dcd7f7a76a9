import type { BreakerReport } from "@millrace/contracts/schemas"
import { type Column, DataTable, useWords, type Words } from "@millrace/page-parts"

const columnsOf = ({ format }: Words): ReadonlyArray<Column<BreakerReport>> => [
  { name: "breaker.kind", width: "2fr", cell: ({ kind }) => kind },
  { name: "breaker.closed", figure: true, cell: ({ closed }) => format.number(closed) },
  {
    name: "breaker.open",
    figure: true,
    cell: ({ open }) => <span className={open > 0 ? "bad" : undefined}>{format.number(open)}</span>
  },
  { name: "breaker.halfOpen", figure: true, cell: ({ halfOpen }) => format.number(halfOpen) }
]

/** Breakers by the kind of dependency they stand before. */
export const BreakerTable = ({ breakers }: { readonly breakers: ReadonlyArray<BreakerReport> }) => {
  const words = useWords()
  return (
    <DataTable
      label={words.say("overview.breakerList")}
      rows={breakers}
      rowKey={({ kind }) => kind}
      columns={columnsOf(words)}
    />
  )
}
