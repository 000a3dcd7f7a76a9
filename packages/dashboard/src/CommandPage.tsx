import { Alert, Anchor, Group, Stack, Text } from "@mantine/core"
import type { CommandDetails } from "@millrace/api"
import {
  EmptyState,
  Facts,
  Figure,
  Icon,
  Page,
  Remote,
  Section,
  StateMark,
  tagOf,
  useNow,
  useWords,
  type Words
} from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { Link } from "wouter"
import { AuditTrail } from "./AuditTrail.tsx"
import { CommandActions } from "./CommandActions.tsx"
import { ask } from "./client.ts"
import { actionName, actionText, byHandText, capital, reasonText, statusTones } from "./commandTexts.ts"
import { OrderList } from "./OrderList.tsx"

type Decided = NonNullable<CommandDetails["decided"]>
type Metric = NonNullable<Decided["metric"]>

const inMetric = ({ format }: Words, metric: Metric | undefined, value: number): string => {
  if (metric === undefined) return format.usd(value)
  return metric === "return_on_margin" ? `${format.number(value, 2)} %` : format.percent(value, 2)
}

const metricValue = ({ figures, metric, priceUsd }: Decided): number | undefined => {
  switch (metric) {
    case undefined:
      return priceUsd
    case "return_on_margin":
      return figures?.returnOnMarginPercent
    case "margin_loss":
      return figures?.marginLoss
    case "exchange_margin_ratio":
      return figures?.exchangeMarginRatio
    case "distance_to_liquidation":
      return figures?.distanceToLiquidation
  }
}

/** The figures that the command was decided on. */
const Figures = ({ decided }: { readonly decided: Decided }) => {
  const words = useWords()
  const { say, format } = words
  const { figures, metric, threshold } = decided
  const value = metricValue(decided)
  const limit = threshold === undefined ? say("command.atOnce") : inMetric(words, metric, threshold)
  return (
    <div className="figures">
      <Figure
        label={say("command.decidedAt")}
        value={format.usd(decided.priceUsd)}
        note={say("why.marketTime", { when: format.moment(decided.marketTimeMs) })}
      />
      <Figure
        label={say(`metric.${metric ?? "price"}`)}
        value={value === undefined ? "–" : inMetric(words, metric, value)}
        note={say("command.limit", { limit })}
      />
      {figures !== undefined && (
        <Figure
          label={say("account.pnl")}
          value={format.sats(figures.pnlSats)}
          tone={figures.pnlSats < 0 ? "bad" : "good"}
        />
      )}
      <Figure label={say("command.attempt")} value={format.number(decided.attempt)} />
    </div>
  )
}

const State = ({ details: { command, decided } }: { readonly details: CommandDetails }) => {
  const words = useWords()
  const { say, format } = words
  const now = useNow()
  const { byHand, detail, reason, retryAtMs, status } = command
  const hands = decided === undefined ? byHand : byHandText(words, decided.action, command.positionId)
  return (
    <Stack gap="sm">
      <Group gap="md">
        <StateMark tone={statusTones[status]} text={say(`status.${status}`)} />
        <Text size="sm" c="dimmed">
          {say("command.sinceThen", { when: format.ago(command.sinceMs, now) })}
        </Text>
        {retryAtMs !== undefined && (
          <Text size="sm" c="dimmed">
            {say("command.retryAt", { when: format.clock(retryAtMs) })}
          </Text>
        )}
      </Group>
      <Text>{reasonText(words, reason)}</Text>
      {status === "pending" && (
        <Text size="sm" c="dimmed">
          {`${say("error.detail")}: ${detail}`}
        </Text>
      )}
      {byHand !== "" && (
        <Alert color={status === "unknown" ? "red" : "yellow"} icon={<Icon name="warning" />} title={say("hand.title")}>
          {hands}
        </Alert>
      )}
    </Stack>
  )
}

const About = ({ details: { command, decided } }: { readonly details: CommandDetails }) => {
  const { say } = useWords()
  const { accountId, accountName, positionId, ruleId } = command
  const at = decided === undefined ? "" : `?at=${decided.decidedAtMs}`
  return (
    <Facts
      facts={[
        [
          say("account.name"),
          <Anchor key="account" component={Link} href={`~/trading/accounts/${accountId}`} size="sm">
            {accountName ?? accountId}
          </Anchor>
        ],
        [
          say("rule.name"),
          <Anchor key="rule" component={Link} href={`~/trading/rules/${ruleId}${at}`} size="sm">
            {ruleId}
          </Anchor>
        ],
        [say("position.id"), positionId],
        [say("command.id"), command.commandId],
        [say("rule.dryRun"), decided?.dryRun === true ? say("account.dryRun") : undefined],
        [say("command.repeats"), decided?.operator?.commandId]
      ]}
    />
  )
}

const Details = ({ details }: { readonly details: CommandDetails }) => {
  const { say } = useWords()
  return (
    <>
      <State details={details} />
      <CommandActions details={details} />
      {details.decided !== undefined && <Figures decided={details.decided} />}
      <About details={details} />
      <Section title={say("order.list")} empty={details.orders.length === 0 ? say("order.none") : undefined}>
        <OrderList orders={details.orders} />
      </Section>
    </>
  )
}

/** One command: why it stands, what to do by hand, and the ways to end it. */
export const CommandPage = ({ commandId }: { readonly commandId: string }) => {
  const words = useWords()
  const { say } = words
  const details = useQuery({
    queryKey: ["commands", "one", commandId],
    queryFn: ({ signal }) => ask((api) => api.commands.show({ params: { commandId } }), signal),
    refetchInterval: 2_000
  })
  const gone = tagOf(details.error) === "NotFound"
  const found = gone ? undefined : details.data
  const titleOf = ({ command, decided }: CommandDetails) =>
    capital(decided === undefined ? actionName(words, command.action) : actionText(words, decided.action))
  return (
    <Page title={found === undefined ? say("command.title") : titleOf(found)}>
      <Anchor component={Link} href="/" size="sm">
        {say("command.back")}
      </Anchor>
      {gone ? (
        <EmptyState text={say("command.gone")} />
      ) : (
        <Remote query={details}>{(one) => <Details details={one} />}</Remote>
      )}
      <AuditTrail subject={commandId} sinceMs={found?.decided?.decidedAtMs} />
    </Page>
  )
}
