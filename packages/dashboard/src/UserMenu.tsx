import { ActionIcon, Menu } from "@mantine/core"
import { Icon, useWords } from "@millrace/page-parts"
import { useMutation } from "@tanstack/react-query"
import { ask } from "./client.ts"
import { useEnter, useSession } from "./useSession.ts"

/** Who is signed in, and the way out. */
export const UserMenu = () => {
  const { say } = useWords()
  const { user } = useSession()
  const enter = useEnter()
  const signOut = useMutation({ mutationFn: () => ask((api) => api.session.signOut()), onSettled: () => enter(null) })
  const label = say("app.account", { name: user.name })
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={label} title={label}>
          <Icon name="user" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.email}</Menu.Label>
        <Menu.Item component="a" href="/api/docs" target="_blank" rel="noopener">
          {say("app.apiDocs")}
        </Menu.Item>
        <Menu.Item onClick={() => signOut.mutate()}>{say("app.signOut")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
