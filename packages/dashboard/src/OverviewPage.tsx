import type { Overview } from "@millrace/api"
import { Page, Remote, Section, useWords } from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { BreakerTable } from "./BreakerTable.tsx"
import { ask } from "./client.ts"
import { LaneTable } from "./LaneTable.tsx"
import { OverviewFigureRow } from "./OverviewFigureRow.tsx"
import { ServiceSection } from "./ServiceSection.tsx"
import { useLive } from "./useLive.ts"

const Parts = ({ overview }: { readonly overview: Overview }) => {
  const { say } = useWords()
  const { breakers, lanes } = overview
  return (
    <>
      <OverviewFigureRow overview={overview} />
      <ServiceSection services={overview.services} />
      <Section title={say("overview.lanes")} empty={lanes.length === 0 ? say("overview.noLanes") : undefined}>
        <LaneTable lanes={lanes} />
      </Section>
      <Section
        title={say("overview.breakerList")}
        empty={breakers.length === 0 ? say("overview.noBreakers") : undefined}
      >
        <BreakerTable breakers={breakers} />
      </Section>
    </>
  )
}

/** What runs, how fast it goes and how far behind it is. */
const OverviewPage = () => {
  const { say } = useWords()
  const { connected } = useLive()
  const overview = useQuery({
    queryKey: ["overview"],
    queryFn: ({ signal }) => ask((api) => api.live.overview(), signal),
    refetchInterval: connected ? 30_000 : 2_000
  })
  return (
    <Page title={say("nav.overview")} hint={say("overview.hint")}>
      <Remote query={overview} isEmpty={({ services }) => services.length === 0} empty="overview.noReports">
        {(data) => <Parts overview={data} />}
      </Remote>
    </Page>
  )
}

export default OverviewPage
