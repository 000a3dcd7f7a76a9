import { Anchor, Stack, Text } from "@mantine/core"
import type { PositionInfo, TriggerInfo } from "@millrace/api"
import { type Column, DataTable, ShortId, StateMark, useWords, type Words } from "@millrace/page-parts"
import { Link } from "wouter"
import { Distance } from "./Distance.tsx"
import type { WordKey } from "./words.ts"

const levels = { normal: "good", warning: "warning", critical: "bad" } as const

const TriggerLines = ({ triggers }: { readonly triggers: ReadonlyArray<TriggerInfo> }) => {
  const { say, format } = useWords()
  const enabled = triggers.filter((trigger) => trigger.enabled && trigger.priceUsd !== undefined).slice(0, 3)
  if (enabled.length === 0) return <span>{say("trigger.none")}</span>
  return (
    <Stack gap={0}>
      {enabled.map(({ ruleId, action, priceUsd = 0, distance }) => (
        <Text size="xs" key={ruleId} component="span">
          <Distance distance={distance} />
          {` · ${format.usd(priceUsd)} · ${say(`act.${action}` as WordKey)}`}
        </Text>
      ))}
    </Stack>
  )
}

const accountColumn: Column<PositionInfo> = {
  name: "account.name",
  width: "1.5fr",
  cell: ({ position, accountName }) => (
    <Anchor component={Link} href={`/accounts/${position.accountId}`} fw={600}>
      {accountName}
    </Anchor>
  )
}

const columnsOf = ({ say, format }: Words): ReadonlyArray<Column<PositionInfo>> => [
  { name: "position.id", cell: ({ position }) => <ShortId id={position.positionId} /> },
  {
    name: "position.side",
    width: "1.2fr",
    cell: ({ position }) => say(`position.${position.side}`, { leverage: format.number(position.leverage, 1) })
  },
  { name: "position.quantity", figure: true, cell: ({ position }) => format.usd(position.quantityUsd) },
  { name: "position.entry", figure: true, cell: ({ position }) => format.usd(position.entryPriceUsd) },
  { name: "position.liquidation", figure: true, cell: ({ position }) => format.usd(position.liquidationPriceUsd) },
  { name: "position.level", cell: ({ level }) => <StateMark tone={levels[level]} text={say(`level.${level}`)} /> },
  {
    name: "position.margin",
    figure: true,
    cell: ({ figures }) => (figures === undefined ? "–" : format.percent(figures.marginLoss))
  },
  {
    name: "position.pnl",
    width: "1.4fr",
    figure: true,
    cell: ({ figures }) =>
      figures === undefined ? (
        "–"
      ) : (
        <span className={figures.pnlSats < 0 ? "bad" : "good"}>{format.sats(figures.pnlSats)}</span>
      )
  },
  { name: "account.nearest", width: "3fr", cell: ({ triggers }) => <TriggerLines triggers={triggers} /> }
]

interface PositionTableProps {
  readonly positions: ReadonlyArray<PositionInfo>
  readonly total?: number
  readonly onMore?: (() => void) | undefined
  readonly withAccount?: boolean
}

/** Positions with their figures at the last price, and the triggers nearest to it. */
export const PositionTable = ({ positions, total, onMore, withAccount = false }: PositionTableProps) => {
  const words = useWords()
  const columns = columnsOf(words)
  return (
    <DataTable
      label={words.say("trading.positions")}
      rows={positions}
      rowKey={({ position }) => position.positionId}
      columns={withAccount ? [accountColumn, ...columns] : columns}
      total={total ?? positions.length}
      onMore={onMore}
    />
  )
}
