import { Anchor, Badge, Group, Switch, Text } from "@mantine/core"
import type { AccountDetails } from "@millrace/api"
import { FailedState, Figure, Page, Remote, Section, useWords } from "@millrace/page-parts"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { Link } from "wouter"
import { ask } from "./client.ts"
import { DecisionList } from "./DecisionList.tsx"
import { KillSwitch } from "./KillSwitch.tsx"
import { ModeMark } from "./ModeMark.tsx"
import { PositionTable } from "./PositionTable.tsx"
import { PriceSection } from "./PriceSection.tsx"
import { RuleTable } from "./RuleTable.tsx"
import { useMay } from "./useSession.ts"

const AccountSwitches = ({ details }: { readonly details: AccountDetails }) => {
  const { say } = useWords()
  const queries = useQueryClient()
  const mayTrade = useMay("trading")
  const { account } = details
  const change = useMutation({
    mutationFn: (asked: { readonly active: boolean } | { readonly dryRun: boolean }) =>
      ask((api) => {
        const params = { accountId: account.accountId }
        return "active" in asked
          ? api.accounts.switch({ params, payload: asked })
          : api.accounts.change({ params, payload: asked })
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["trading"] })
  })
  const shown = { ...account, ...(change.isPending ? change.variables : {}) }
  return (
    <>
      <Group gap="xl">
        <Switch
          label={say("account.setActive")}
          checked={shown.active}
          disabled={!mayTrade || change.isPending}
          onChange={(event) => change.mutate({ active: event.currentTarget.checked })}
        />
        <Switch
          label={say("account.setDryRun")}
          checked={shown.dryRun === true}
          disabled={!mayTrade || change.isPending}
          onChange={(event) => change.mutate({ dryRun: event.currentTarget.checked })}
        />
      </Group>
      {change.isError && <FailedState error={change.error} />}
    </>
  )
}

const Details = ({ details }: { readonly details: AccountDetails }) => {
  const { say, format } = useWords()
  const { account, open, ruleList } = details
  return (
    <>
      <div className="figures">
        <Figure label={say("account.positions")} value={format.number(open.length)} />
        <Figure label={say("account.rules")} value={format.number(ruleList.length)} />
        <Figure
          label={say("account.pnl")}
          value={format.sats(details.pnlSats)}
          tone={details.pnlSats < 0 ? "bad" : "good"}
        />
        <Figure
          label={say("account.nearest")}
          value={details.nearest === undefined ? "–" : format.percent(details.nearest, 2)}
        />
      </div>
      <AccountSwitches details={details} />
      <PriceSection positions={open} />
      <Section title={say("trading.positions")} empty={open.length === 0 ? say("trading.noPositions") : undefined}>
        <PositionTable positions={open} />
      </Section>
      <Section title={say("rule.list")} empty={ruleList.length === 0 ? say("rule.none") : undefined}>
        <RuleTable rules={ruleList} />
      </Section>
      <DecisionList accountId={account.accountId} />
    </>
  )
}

/** One account: its positions on the price, its rules, and what they decided. */
export const AccountPage = ({ accountId }: { readonly accountId: string }) => {
  const { say } = useWords()
  const mayTrade = useMay("trading")
  const details = useQuery({
    queryKey: ["trading", "account", accountId],
    queryFn: ({ signal }) => ask((api) => api.trading.account({ params: { accountId } }), signal),
    refetchInterval: 2_000
  })
  const { data } = details
  return (
    <Page
      title={data?.account.name ?? accountId}
      actions={mayTrade && data !== undefined ? <KillSwitch scope={{ of: "account", accountId }} /> : null}
    >
      <Group gap="md">
        <Anchor component={Link} href="/" size="sm">
          {say("account.notHere")}
        </Anchor>
        {data !== undefined && (
          <>
            <Badge variant="light">{data.account.network}</Badge>
            <ModeMark account={data.account} mode={data.mode} />
            <Text size="sm" c="dimmed">
              {data.account.accountId}
            </Text>
          </>
        )}
      </Group>
      <Remote query={details}>{(found) => <Details details={found} />}</Remote>
    </Page>
  )
}
