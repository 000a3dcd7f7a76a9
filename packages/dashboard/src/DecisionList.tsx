import { Anchor } from "@mantine/core"
import type { RecordedDecisionInfo } from "@millrace/api"
import { type Column, DataTable, Remote, Section, ShortId, StateMark, useWords, type Words } from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { Link } from "wouter"
import { ask } from "./client.ts"

const columnsOf = ({ say, format }: Words): ReadonlyArray<Column<RecordedDecisionInfo>> => [
  { name: "decision.when", width: "1.2fr", cell: ({ decision }) => format.moment(decision.marketTimeMs) },
  {
    name: "rule.name",
    width: "1.2fr",
    cell: ({ decision, recordedAtMs }) => (
      <Anchor component={Link} href={`/rules/${decision.ruleId}?at=${recordedAtMs}`} size="sm">
        {decision.ruleId}
      </Anchor>
    )
  },
  {
    name: "position.id",
    width: "1.2fr",
    cell: ({ decision }) => (decision.positionId === undefined ? "–" : <ShortId id={decision.positionId} />)
  },
  {
    name: "decision.what",
    width: "2.5fr",
    cell: ({ decision }) => (
      <StateMark tone={decision.reason === "fired" ? "good" : "plain"} text={say(`reason.${decision.reason}`)} />
    )
  },
  {
    name: "position.margin",
    figure: true,
    cell: ({ decision }) => (decision.figures === undefined ? "–" : format.percent(decision.figures.marginLoss))
  },
  { name: "decision.figure", figure: true, cell: ({ decision }) => format.usd(decision.priceUsd) }
]

/** What the rules of an account decided, the latest first. */
export const DecisionList = ({ accountId }: { readonly accountId: string }) => {
  const words = useWords()
  const decisions = useQuery({
    queryKey: ["decisions", accountId],
    queryFn: ({ signal }) =>
      ask((api) => api.trading.decisions({ params: { accountId }, query: { limit: 100 } }), signal),
    refetchInterval: 5_000
  })
  return (
    <Section title={words.say("decision.list")}>
      <Remote query={decisions} isEmpty={(all) => all.length === 0} empty="decision.none">
        {(all) => (
          <DataTable
            label={words.say("decision.list")}
            rows={all}
            rowKey={({ decision }) => decision.decisionId}
            columns={columnsOf(words)}
          />
        )}
      </Remote>
    </Section>
  )
}
