import { AppShell, Box, Burger, Group, Loader, NavLink, ScrollArea, Stack } from "@mantine/core"
import { useDisclosure } from "@mantine/hooks"
import { AppearanceMenu, CrashGuard, Icon, useWords } from "@millrace/page-parts"
import { Suspense, useEffect, useRef } from "react"
import { Link, Route, Switch, useLocation } from "wouter"
import { Brand } from "./Brand.tsx"
import { CommandAlarm } from "./CommandAlarm.tsx"
import { GoTo } from "./GoTo.tsx"
import { LiveBadge } from "./LiveBadge.tsx"
import { LiveProvider } from "./LiveProvider.tsx"
import { NoSuchPage } from "./NoSuchPage.tsx"
import { type PageRoute, routes } from "./routes.ts"
import { UserMenu } from "./UserMenu.tsx"
import { useSession } from "./useSession.ts"
import { WorkspaceChoice } from "./WorkspaceChoice.tsx"
import { WorkspaceHint } from "./WorkspaceHint.tsx"

const isAt = (path: string, route: PageRoute): boolean =>
  route.path === "/" ? path === "/" : path === route.path || path.startsWith(`${route.path}/`)

/** Pages that the one who is signed in may open. */
const useOpenRoutes = (): ReadonlyArray<PageRoute> => {
  const { permissions } = useSession()
  return routes.filter((route) => permissions.includes(route.needs))
}

/** After a change of page the keyboard goes on at its content, as after a load. */
const useFocusOnChange = (path: string) => {
  const main = useRef<HTMLDivElement>(null)
  const first = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is what it waits for
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true })
    first.current = false
    window.scrollTo(0, 0)
  }, [path])
  return main
}

const Pages = () => {
  const { say } = useWords()
  const open = useOpenRoutes()
  return (
    <Suspense fallback={<Loader role="status" aria-label={say("state.loading")} />}>
      <Switch>
        {open.map(({ path, page: Page }) => (
          <Route key={path} path={path} nest={path !== "/"}>
            <Page />
          </Route>
        ))}
        <Route>
          <NoSuchPage />
        </Route>
      </Switch>
    </Suspense>
  )
}

/** Header, menu and the page that is open. */
export const Frame = () => {
  const { say } = useWords()
  const [path] = useLocation()
  const [opened, { toggle, close }] = useDisclosure()
  const main = useFocusOnChange(path)
  const open = useOpenRoutes()
  return (
    <LiveProvider>
      <a className="skip" href="#content">
        {say("app.skip")}
      </a>
      <AppShell
        header={{ height: 56 }}
        navbar={{ width: 224, breakpoint: "sm", collapsed: { mobile: !opened } }}
        padding="md"
      >
        <AppShell.Header>
          <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
            <Group gap="xs" wrap="nowrap">
              <Box hiddenFrom="sm">
                <Burger
                  opened={opened}
                  onClick={toggle}
                  size="sm"
                  aria-label={say("app.menu")}
                  aria-expanded={opened}
                />
              </Box>
              <Brand />
            </Group>
            <Group gap="xs" wrap="nowrap">
              <CommandAlarm />
              <LiveBadge />
              <GoTo routes={open} />
              <AppearanceMenu />
              <UserMenu />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="xs" aria-label={say("app.navigation")}>
          <WorkspaceChoice />
          <ScrollArea type="auto">
            <Stack gap={2}>
              {open.map((route) => (
                <NavLink
                  key={route.path}
                  component={Link}
                  href={route.path}
                  label={say(route.title)}
                  leftSection={<Icon name={route.icon} />}
                  rightSection={route.badge === undefined ? undefined : <route.badge />}
                  active={isAt(path, route)}
                  aria-current={isAt(path, route) ? "page" : undefined}
                  onClick={close}
                />
              ))}
            </Stack>
          </ScrollArea>
        </AppShell.Navbar>
        <AppShell.Main id="content" ref={main} tabIndex={-1}>
          <CrashGuard at={path}>
            <WorkspaceHint />
            <Pages />
          </CrashGuard>
        </AppShell.Main>
      </AppShell>
    </LiveProvider>
  )
}
