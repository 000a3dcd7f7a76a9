import { ActionIcon, Modal, NavLink, Stack, TextInput } from "@mantine/core"
import { useDisclosure, useHotkeys } from "@mantine/hooks"
import { Icon, useWords } from "@millrace/page-parts"
import { type FormEvent, useState } from "react"
import { useLocation } from "wouter"
import type { PageRoute } from "./routes.ts"

/** Ctrl+K (⌘K): opens a page by part of its name. */
export const GoTo = ({ routes }: { readonly routes: ReadonlyArray<PageRoute> }) => {
  const { say } = useWords()
  const [, navigate] = useLocation()
  const [opened, { open, close }] = useDisclosure()
  const [typed, setTyped] = useState("")
  useHotkeys([["mod+K", open]], [])
  const found = routes.filter((route) => say(route.title).toLowerCase().includes(typed.trim().toLowerCase()))
  const go = (route: PageRoute | undefined) => {
    if (route === undefined) return
    close()
    setTyped("")
    navigate(route.path)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    go(found[0])
  }
  const label = `${say("app.goTo")} (Ctrl+K)`
  return (
    <>
      <ActionIcon variant="default" size="lg" onClick={open} aria-label={label} title={label}>
        <Icon name="search" />
      </ActionIcon>
      <Modal
        opened={opened}
        onClose={close}
        title={say("app.goTo")}
        closeButtonProps={{ "aria-label": say("action.close") }}
      >
        <form onSubmit={submit}>
          <TextInput
            data-autofocus
            aria-label={say("app.goToHint")}
            placeholder={say("app.goToHint")}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        </form>
        <Stack gap={2} mt="sm">
          {found.map((route, index) => (
            <NavLink
              key={route.path}
              component="button"
              type="button"
              label={say(route.title)}
              leftSection={<Icon name={route.icon} />}
              active={index === 0 && typed !== ""}
              onClick={() => go(route)}
            />
          ))}
        </Stack>
      </Modal>
    </>
  )
}
