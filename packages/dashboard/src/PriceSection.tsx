import { Anchor, Text } from "@mantine/core"
import type { PositionInfo } from "@millrace/api"
import { Remote, Section, useWords, type Words } from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { useMemo } from "react"
import { ask } from "./client.ts"
import { type ChartLine, PriceChart } from "./PriceChart.tsx"
import type { WordKey } from "./words.ts"

/** Entry, liquidation and triggers of the positions, as lines across the chart. */
const linesOf = ({ say }: Words, positions: ReadonlyArray<PositionInfo>): ReadonlyArray<ChartLine> =>
  positions.slice(0, 5).flatMap(
    ({ position, triggers }): ReadonlyArray<ChartLine> => [
      { priceUsd: position.entryPriceUsd, title: say("trigger.entryLine"), tone: "plain" },
      { priceUsd: position.liquidationPriceUsd, title: say("trigger.liquidationLine"), tone: "bad" },
      ...triggers.flatMap(({ priceUsd, action, ruleId, enabled }): ReadonlyArray<ChartLine> => {
        const title = say("trigger.line", { action: say(`act.${action}` as WordKey), rule: ruleId })
        return priceUsd === undefined || !enabled ? [] : [{ priceUsd, title, tone: "warning" }]
      })
    ]
  )

/** The price of the positions' market with what happens at which price. */
export const PriceSection = ({ positions }: { readonly positions: ReadonlyArray<PositionInfo> }) => {
  const words = useWords()
  const { say, format } = words
  const market = positions[0]?.position.market ?? "btc_usd"
  const prices = useQuery({
    queryKey: ["prices", market],
    queryFn: ({ signal }) => ask((api) => api.trading.prices({ query: { market } }), signal),
    refetchInterval: 1_000
  })
  const lines = useMemo(() => linesOf(words, positions), [words, positions])
  return (
    <Section title={say("chart.title")}>
      <Remote query={prices} isEmpty={({ points }) => points.length === 0} empty="chart.noPrice">
        {({ points, priceUsd = 0 }) => (
          <>
            <PriceChart
              points={points}
              lines={lines}
              label={say("chart.label", { market, price: format.usd(priceUsd) })}
            />
            <Text size="xs" c="dimmed">
              <Anchor href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer" size="xs">
                {say("chart.credit")}
              </Anchor>
            </Text>
          </>
        )}
      </Remote>
    </Section>
  )
}
