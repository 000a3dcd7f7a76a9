import { Page, useWords } from "@millrace/page-parts"
import { Route, Switch } from "wouter"
import { AccountList } from "./AccountList.tsx"
import { AccountPage } from "./AccountPage.tsx"
import { KillSwitch } from "./KillSwitch.tsx"
import { PageTabs } from "./PageTabs.tsx"
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
  const mayTrade = useMay("trading")
  return (
    <Page title={say("nav.trading")} hint={say("trading.hint")} actions={mayTrade ? <KillSwitch /> : null}>
      <PageTabs parts={parts} />
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
