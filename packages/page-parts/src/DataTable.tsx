import { Group, Text } from "@mantine/core"
import { useVirtualizer } from "@tanstack/react-virtual"
import { type CSSProperties, type ReactNode, useEffect, useRef } from "react"
import { useWords } from "./useWords.ts"
import type { WordKey } from "./Vocabulary.ts"

/** A column; on a narrow screen each row becomes a card in which the column's name stands before its value. */
export interface Column<Row> {
  readonly name: WordKey
  readonly cell: (row: Row) => ReactNode
  /** A part of the grid's template, such as `2fr` or `8rem`; `1fr` by default. */
  readonly width?: string
  /** Figures stand at the end of their cell. */
  readonly figure?: boolean
}

interface DataTableProps<Row> {
  /** What the table lists, for readers of the screen. */
  readonly label: string
  readonly rows: ReadonlyArray<Row>
  readonly rowKey: (row: Row) => string
  readonly columns: ReadonlyArray<Column<Row>>
  /** All rows there are, on the server too. */
  readonly total?: number
  /** Called when the last rows come into sight and there are more. */
  readonly onMore?: (() => void) | undefined
}

const templateOf = <Row,>(columns: ReadonlyArray<Column<Row>>): string =>
  columns.map(({ width = "1fr" }) => (width.endsWith("fr") ? `minmax(0, ${width})` : width)).join(" ")

/** A list of which only the rows in sight are drawn, so that ten thousand are as fast as ten. */
export function DataTable<Row>({ label, rows, rowKey, columns, total, onMore }: DataTableProps<Row>) {
  const { say } = useWords()
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 44,
    overscan: 8,
    getItemKey: (index) => rowKey(rows[index]!)
  })
  const items = virtual.getVirtualItems()
  const lastShown = items.at(-1)?.index ?? -1
  useEffect(() => {
    if (onMore !== undefined && rows.length > 0 && lastShown >= rows.length - 10) onMore()
  }, [lastShown, rows.length, onMore])
  const template = { "--columns": templateOf(columns) } as CSSProperties
  const count = total ?? rows.length
  return (
    <div className="table">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section ref={scroller} className="table-scroll" tabIndex={0} aria-label={label}>
        <table aria-label={label} aria-rowcount={Number.isFinite(count) ? count + 1 : -1}>
          <thead>
            <tr aria-rowindex={1} style={template}>
              {columns.map((column) => (
                <th key={column.name} scope="col" className={column.figure === true ? "cell figures-end" : "cell"}>
                  {say(column.name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const row = rows[item.index]!
              return (
                <tr
                  key={item.key}
                  ref={virtual.measureElement}
                  data-index={item.index}
                  aria-rowindex={item.index + 2}
                  style={{ ...template, transform: `translateY(${item.start}px)` }}
                >
                  {columns.map((column) => (
                    <td
                      key={column.name}
                      data-name={say(column.name)}
                      className={column.figure === true ? "cell number figures-end" : "cell"}
                    >
                      {column.cell(row)}
                    </td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </section>
      <Group justify="flex-end" px="sm" py={4}>
        <Text size="xs" c="dimmed" role="status">
          {Number.isFinite(count)
            ? say("state.shown", { shown: rows.length, total: count })
            : say("state.shownSoFar", { shown: rows.length })}
        </Text>
      </Group>
    </div>
  )
}
