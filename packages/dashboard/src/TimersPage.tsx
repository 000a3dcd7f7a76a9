import { Tabs } from "@mantine/core"
import { Page, useWords } from "@millrace/page-parts"
import { useLocation } from "wouter"
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
  const [path, navigate] = useLocation()
  const { wholeInstallation } = useSession()
  const mayStore = useMay("administer") && wholeInstallation
  const open = parts.find(([at]) => at === path)?.[0] ?? "/"
  return (
    <Page title={say("nav.timers")} hint={say("timers.hint")} actions={mayStore ? <ScheduleForm /> : null}>
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

export default TimersPage
