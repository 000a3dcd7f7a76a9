import { Page, useWords } from "@millrace/page-parts"
import { PageTabs } from "./PageTabs.tsx"
import { ScheduleForm } from "./ScheduleForm.tsx"
import { ScheduleList } from "./ScheduleList.tsx"
import { TimerList } from "./TimerList.tsx"
import { useMay, useSession } from "./useSession.ts"

const parts = [
  ["/", "timers.tab", TimerList],
  ["/schedules", "schedules.tab", ScheduleList]
] as const

/** Timers that wait, and recurring schedules. */
const TimersPage = () => {
  const { say } = useWords()
  const { wholeInstallation } = useSession()
  const mayStore = useMay("administer") && wholeInstallation
  return (
    <Page title={say("nav.timers")} hint={say("timers.hint")} actions={mayStore ? <ScheduleForm /> : null}>
      <PageTabs parts={parts} />
    </Page>
  )
}

export default TimersPage
