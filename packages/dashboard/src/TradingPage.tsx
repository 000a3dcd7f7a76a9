import { Tabs } from "@mantine/core"
import { Page, useWords } from "@millrace/page-parts"
import { Route, Switch, useLocation } from "wouter"
import { AccountList } from "./AccountList.tsx"
import { AccountPage } from "./AccountPage.tsx"
import { KillSwitch } from "./KillSwitch.tsx"
import { PositionList } from "./PositionList.tsx"
import { RulePage } from "./RulePage.tsx"
import { SwitchList } from "./SwitchList.tsx"
import { useMay } from "./useSession.ts"

const parts = [
  ["/", "trading.accounts", AccountList],
  ["/positions", "trading.positions", PositionList],
  ["/switches", "trading.switches", SwitchList]
] as const

const Lists = () => {
  const { say } = useWords()
  const [path, navigate] = useLocation()
  const mayTrade = useMay("trading")
  const open = parts.find(([at]) => at === path)?.[0] ?? "/"
  return (
    <Page title={say("nav.trading")} hint={say("trading.hint")} actions={mayTrade ? <KillSwitch /> : null}>
      <Tabs value={open} onChange={(at) => navigate(at ?? "/")} keepMounted={false}>
        <Tabs.List mb="md">
          {parts.map(([at, title]) => (
            <Tabs.Tab key={at} value={at}>
              {say(title)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {parts.map(([at, , List]) => (
          <Tabs.Panel key={at} value={at}>
            <List />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  )
}

/** Accounts, positions and kill switches; an account's own page below it. */
const TradingPage = () => (
  <Switch>
    <Route path="/accounts/:accountId">{({ accountId }) => <AccountPage accountId={accountId} />}</Route>
    <Route path="/rules/:ruleId">{({ ruleId }) => <RulePage ruleId={ruleId} />}</Route>
    <Route>
      <Lists />
    </Route>
  </Switch>
)

export default TradingPage
