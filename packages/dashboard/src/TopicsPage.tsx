import { Route, Switch } from "wouter"
import { TopicList } from "./TopicList.tsx"
import { TopicPage } from "./TopicPage.tsx"

/** The topics; a topic's own page, with its records, below it. */
const TopicsPage = () => (
  <Switch>
    <Route path="/:topic/:part?">{({ topic, part }) => <TopicPage key={topic} topic={topic} part={part} />}</Route>
    <Route>
      <TopicList />
    </Route>
  </Switch>
)

export default TopicsPage
