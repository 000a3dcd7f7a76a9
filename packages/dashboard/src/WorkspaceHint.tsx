import { Alert, Button, Group, Text } from "@mantine/core"
import { useSessionStorage } from "@mantine/hooks"
import { Icon, useWords } from "@millrace/page-parts"
import { useMutation } from "@tanstack/react-query"
import { Link } from "wouter"
import { ask } from "./client.ts"
import { useEnter, useSession } from "./useSession.ts"

/** Where records of all workspaces are seen, and no account is. */
const systemWorkspace = "system"
const offered = 3

/** An administrator's session begins in the workspace of the installation: offers the others, until he says that he stays. */
export const WorkspaceHint = () => {
  const { say } = useWords()
  const { user, workspace, workspaces } = useSession()
  const [stays, setStays] = useSessionStorage({
    key: "millrace-stays",
    defaultValue: "",
    getInitialValueInEffect: false
  })
  const enter = useEnter()
  const choose = useMutation({
    mutationFn: (workspaceId: string) => ask((api) => api.session.chooseWorkspace({ payload: { workspaceId } })),
    onSuccess: enter
  })
  const others = workspaces.filter(({ workspaceId }) => workspaceId !== systemWorkspace)
  if (workspace.workspaceId !== systemWorkspace || others.length === 0 || stays === user.userId) return null
  return (
    <Alert variant="light" icon={<Icon name="people" />} mb="md" title={say("workspace.inSystem")}>
      <Text size="sm">{say("workspace.inSystemText")}</Text>
      <Group gap="xs" mt="xs">
        {others.slice(0, offered).map(({ name, workspaceId }) => (
          <Button
            key={workspaceId}
            size="compact-sm"
            disabled={choose.isPending}
            aria-label={say("workspace.openNamed", { workspace: name })}
            onClick={() => choose.mutate(workspaceId)}
          >
            {name}
          </Button>
        ))}
        {others.length > offered && (
          <Button component={Link} href="/workspaces" size="compact-sm" variant="default">
            {say("workspace.all", { count: others.length })}
          </Button>
        )}
        <Button size="compact-sm" variant="subtle" onClick={() => setStays(user.userId)}>
          {say("workspace.stay")}
        </Button>
      </Group>
    </Alert>
  )
}
