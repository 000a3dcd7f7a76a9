import { Tabs } from "@mantine/core"
import { useWords, type WordKey } from "@millrace/page-parts"
import type { ComponentType } from "react"
import { useLocation } from "wouter"

/** A list of a page that has several: its path below the page's, its title, and what it shows. */
export type PagePart = readonly [at: string, title: WordKey, List: ComponentType]

/** The lists of a page, one at a time; the address says which. The first one is shown where it names none of them. */
export const PageTabs = ({ parts }: { readonly parts: ReadonlyArray<PagePart> }) => {
  const { say } = useWords()
  const [path, navigate] = useLocation()
  const open = parts.find(([at]) => at === path)?.[0] ?? "/"
  return (
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
  )
}
