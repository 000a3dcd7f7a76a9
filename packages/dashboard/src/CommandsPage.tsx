import { Route, Switch } from "wouter"
import { CommandList } from "./CommandList.tsx"
import { CommandPage } from "./CommandPage.tsx"

/** What automation can't end by itself: the list, and each command's own page. */
const CommandsPage = () => (
  <Switch>
    <Route path="/:commandId">{({ commandId }) => <CommandPage commandId={commandId} key={commandId} />}</Route>
    <Route>
      <CommandList />
    </Route>
  </Switch>
)

export default CommandsPage
