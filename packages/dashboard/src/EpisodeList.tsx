import type { Decision, Rule } from "@millrace/contracts/schemas"
import { type Column, DataTable, StateMark, useWords, type Words } from "@millrace/page-parts"

const limitText = ({ format }: Words, rule: Rule, threshold: number | undefined): string => {
  if (threshold === undefined) return "–"
  if (rule.kind === "auto_entry") return format.usd(threshold)
  return rule.kind === "tp_sl" ? `${format.number(threshold, 2)} %` : format.percent(threshold)
}

const columnsOf = (words: Words, rule: Rule): ReadonlyArray<Column<Decision>> => [
  { name: "decision.when", width: "1.3fr", cell: ({ marketTimeMs }) => words.format.moment(marketTimeMs) },
  {
    name: "decision.what",
    width: "2.5fr",
    cell: ({ reason }) => (
      <StateMark tone={reason === "fired" ? "good" : "plain"} text={words.say(`reason.${reason}`)} />
    )
  },
  { name: "decision.figure", figure: true, cell: ({ priceUsd }) => words.format.usd(priceUsd) },
  {
    name: "position.margin",
    figure: true,
    cell: ({ figures }) => (figures === undefined ? "–" : words.format.percent(figures.marginLoss))
  },
  {
    name: "account.pnl",
    figure: true,
    cell: ({ figures }) => (figures === undefined ? "–" : words.format.sats(figures.pnlSats))
  },
  { name: "why.limit", figure: true, cell: ({ threshold }) => limitText(words, rule, threshold) }
]

interface EpisodeListProps {
  readonly episode: ReadonlyArray<Decision>
  readonly rule: Rule
}

/** The recorded changes of reason of an episode with the figures of each, the oldest first. */
export const EpisodeList = ({ episode, rule }: EpisodeListProps) => {
  const words = useWords()
  return (
    <DataTable
      label={words.say("why.episode")}
      rows={episode}
      rowKey={({ decisionId }) => decisionId}
      columns={columnsOf(words, rule)}
    />
  )
}
