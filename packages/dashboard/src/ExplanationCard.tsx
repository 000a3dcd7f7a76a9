import { Alert, Paper, Stack, Text, Title } from "@mantine/core"
import type { ConditionInfo, ExplanationInfo } from "@millrace/api"
import type { Position, Rule } from "@millrace/contracts/schemas"
import { Figure, Section, useWords, type Words } from "@millrace/page-parts"
import { AttemptList } from "./AttemptList.tsx"
import { EpisodeList } from "./EpisodeList.tsx"
import { whyText } from "./whyText.ts"

const colorOf = (reason: string): string => {
  if (reason === "fired") return "green"
  return reason === "condition_not_met" || reason === "trigger_not_reached" ? "gray" : "yellow"
}

const metricText = ({ format }: Words, metric: ConditionInfo["metric"], value: number): string => {
  if (metric === "price") return format.usd(value)
  return metric === "return_on_margin" ? `${format.number(value, 2)} %` : format.percent(value, 2)
}

const Trigger = ({ condition, priceUsd }: { readonly condition: ConditionInfo; readonly priceUsd: number }) => {
  const { say, format } = useWords()
  const { awayUsd, triggerPriceUsd } = condition
  if (triggerPriceUsd === undefined || awayUsd === undefined)
    return <Figure label={say("why.trigger")} value="–" note={say("why.noPrice")} />
  const away = Math.abs(awayUsd)
  const note = say(awayUsd > 0 ? "why.away" : "why.beyond", {
    distance: format.usd(away),
    share: format.percent(away / priceUsd, 2)
  })
  return (
    <Figure
      label={say("why.trigger")}
      value={format.usd(triggerPriceUsd)}
      tone={awayUsd > 0 ? "plain" : "bad"}
      note={note}
    />
  )
}

const Figures = ({ explanation }: { readonly explanation: ExplanationInfo }) => {
  const words = useWords()
  const { say, format } = words
  const { condition, figures, marketTimeMs, priceUsd } = explanation
  const { holds, limit, metric, side, value } = condition
  return (
    <div className="figures">
      <Figure
        label={say("why.price")}
        value={format.usd(priceUsd)}
        note={say("why.marketTime", { when: format.moment(marketTimeMs) })}
      />
      <Figure
        label={say(`metric.${metric}`)}
        value={metricText(words, metric, value)}
        tone={holds ? "bad" : "good"}
        note={
          limit === undefined ? say("why.anyPrice") : say(`why.${side}`, { limit: metricText(words, metric, limit) })
        }
      />
      <Trigger condition={condition} priceUsd={priceUsd} />
      {figures !== undefined && (
        <>
          {metric !== "margin_loss" && (
            <Figure label={say("metric.margin_loss")} value={format.percent(figures.marginLoss, 2)} />
          )}
          <Figure label={say("metric.exchange_margin_ratio")} value={format.percent(figures.exchangeMarginRatio, 2)} />
          <Figure
            label={say("metric.distance_to_liquidation")}
            value={format.percent(figures.distanceToLiquidation, 2)}
          />
          <Figure
            label={say("account.pnl")}
            value={format.sats(figures.pnlSats)}
            tone={figures.pnlSats < 0 ? "bad" : "good"}
          />
        </>
      )}
    </div>
  )
}

const PositionLine = ({ position }: { readonly position: Position }) => {
  const { say, format } = useWords()
  return (
    <Text size="sm" c="dimmed">
      {say("why.position", {
        side: say(`position.${position.side}`, { leverage: format.number(position.leverage, 1) }),
        quantity: position.quantityUsd,
        entry: format.usd(position.entryPriceUsd),
        margin: format.sats(position.marginSats),
        liquidation: format.usd(position.liquidationPriceUsd)
      })}
    </Text>
  )
}

interface ExplanationCardProps {
  readonly explanation: ExplanationInfo
  readonly rule: Rule
}

/** One evaluation in words, with the figures that were used. */
export const ExplanationCard = ({ explanation, rule }: ExplanationCardProps) => {
  const words = useWords()
  const { say } = words
  const { attempts, episode, position, positionId, reason, recorded } = explanation
  return (
    <Paper withBorder p="md" component="section">
      <Stack>
        <Stack gap={4}>
          <Title order={2}>
            {positionId === undefined ? say("why.entry") : say("why.ofPosition", { id: positionId })}
          </Title>
          {position !== undefined && <PositionLine position={position} />}
        </Stack>
        <Alert color={colorOf(reason)} variant="light" title={whyText(words, explanation)} />
        <Figures explanation={explanation} />
        <Text size="xs" c="dimmed">
          {say(recorded ? "why.recorded" : "why.derived")}
        </Text>
        {episode.length > 0 && (
          <Section title={say("why.episode")}>
            <EpisodeList episode={episode} rule={rule} />
          </Section>
        )}
        {attempts.length > 0 && (
          <Section title={say(recorded ? "why.attempts" : "why.attemptsBefore")}>
            <AttemptList attempts={attempts} />
          </Section>
        )}
      </Stack>
    </Paper>
  )
}
