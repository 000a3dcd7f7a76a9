import { NativeSelect, Text } from "@mantine/core"
import { useWords } from "@millrace/page-parts"
import { useMutation } from "@tanstack/react-query"
import { ask } from "./client.ts"
import { useEnter, useSession } from "./useSession.ts"

/** The workspace that the page is about, and the choice of another. */
export const WorkspaceChoice = () => {
  const { say } = useWords()
  const { workspace, workspaces } = useSession()
  const enter = useEnter()
  const choose = useMutation({
    mutationFn: (workspaceId: string) => ask((api) => api.session.chooseWorkspace({ payload: { workspaceId } })),
    onSuccess: enter
  })
  if (workspaces.length < 2) {
    return (
      <Text size="sm" c="dimmed" px="sm" pb="xs" truncate>
        {workspace.name}
      </Text>
    )
  }
  return (
    <NativeSelect
      mb="xs"
      aria-label={say("app.workspace")}
      value={workspace.workspaceId}
      disabled={choose.isPending}
      onChange={(event) => choose.mutate(event.currentTarget.value)}
      data={workspaces.map((one) => ({ value: one.workspaceId, label: one.name }))}
    />
  )
}
