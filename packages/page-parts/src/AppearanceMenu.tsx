import { ActionIcon, Menu, useMantineColorScheme } from "@mantine/core"
import { useContext } from "react"
import { Icon } from "./Icon.tsx"
import { LanguageContext, useWords } from "./useWords.ts"

const schemes = [
  ["light", "app.light"],
  ["dark", "app.dark"],
  ["auto", "app.auto"]
] as const

const tongues = [
  ["en", "app.english"],
  ["pt-BR", "app.portuguese"]
] as const

/** Language and colour scheme. */
export const AppearanceMenu = () => {
  const { say } = useWords()
  const { language, choose } = useContext(LanguageContext)
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const label = `${say("app.appearance")}, ${say("app.language")}`
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={label} title={label}>
          <Icon name="contrast" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{say("app.appearance")}</Menu.Label>
        {schemes.map(([scheme, key]) => (
          <Menu.Item
            key={scheme}
            onClick={() => setColorScheme(scheme)}
            rightSection={colorScheme === scheme ? <Icon name="check" /> : null}
          >
            {say(key)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{say("app.language")}</Menu.Label>
        {tongues.map(([tongue, key]) => (
          <Menu.Item
            key={tongue}
            lang={tongue}
            onClick={() => choose(tongue)}
            rightSection={language === tongue ? <Icon name="check" /> : null}
          >
            {say(key)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
