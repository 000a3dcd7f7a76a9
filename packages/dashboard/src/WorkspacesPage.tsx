import { Button, Group, Text, TextInput } from "@mantine/core"
import type { WorkspaceInfo } from "@millrace/api"
import { Id } from "@millrace/contracts/schemas"
import {
  type Column,
  DataTable,
  FailedState,
  FormButton,
  Page,
  Remote,
  SearchField,
  StateMark,
  useWords,
  type Words
} from "@millrace/page-parts"
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { Schema } from "effect"
import { useState } from "react"
import { ask } from "./client.ts"
import { useEnter, useMay, useSession } from "./useSession.ts"

const isId = Schema.is(Id)

const useChanged = () => {
  const queries = useQueryClient()
  return async () => {
    await queries.invalidateQueries({ queryKey: ["workspaces"] })
    await queries.invalidateQueries({ queryKey: ["session"] })
  }
}

const CreateWorkspace = () => {
  const { say } = useWords()
  const changed = useChanged()
  const [workspaceId, setId] = useState("")
  const [name, setName] = useState("")
  const create = async () => {
    await ask((api) => api.workspaces.create({ payload: { workspaceId, name: name.trim() } }))
    await changed()
  }
  const empty = () => {
    setId("")
    setName("")
  }
  const fits = isId(workspaceId)
  return (
    <FormButton
      label={say("workspace.create")}
      title={say("workspace.createTitle")}
      submit={say("workspace.create")}
      variant="filled"
      size="sm"
      valid={fits && name.trim() !== ""}
      act={create}
      onClosed={empty}
    >
      <TextInput
        label={say("workspace.name")}
        autoComplete="off"
        required
        maxLength={100}
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        label={say("workspace.id")}
        description={say("workspace.idHint")}
        error={workspaceId !== "" && !fits ? say("workspace.idWrong") : undefined}
        autoComplete="off"
        required
        value={workspaceId}
        onChange={(event) => setId(event.currentTarget.value)}
      />
    </FormButton>
  )
}

const RenameWorkspace = () => {
  const { say } = useWords()
  const { workspace } = useSession()
  const changed = useChanged()
  const [name, setName] = useState(workspace.name)
  const rename = async () => {
    await ask((api) => api.workspaces.rename({ payload: { name: name.trim() } }))
    await changed()
  }
  return (
    <FormButton
      label={say("workspace.rename")}
      title={say("workspace.renameTitle", { workspace: workspace.name })}
      submit={say("workspace.rename")}
      valid={name.trim() !== ""}
      act={rename}
    >
      <TextInput
        label={say("workspace.name")}
        autoComplete="off"
        required
        maxLength={100}
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </FormButton>
  )
}

const columnsOf = (
  { say }: Words,
  presentId: string,
  mayRename: boolean,
  open: (workspaceId: string) => void
): ReadonlyArray<Column<WorkspaceInfo>> => [
  {
    name: "workspace.name",
    width: "2fr",
    cell: ({ name }) => (
      <Text size="sm" fw={600} component="span">
        {name}
      </Text>
    )
  },
  { name: "workspace.id", width: "2fr", cell: ({ workspaceId }) => workspaceId },
  {
    name: "workspace.actions",
    width: "14rem",
    cell: ({ name, workspaceId }) =>
      workspaceId === presentId ? (
        <Group gap="xs">
          <StateMark tone="good" text={say("workspace.present")} />
          {mayRename && <RenameWorkspace key={name} />}
        </Group>
      ) : (
        <Button
          variant="light"
          size="compact-sm"
          aria-label={say("workspace.openNamed", { workspace: name })}
          onClick={() => open(workspaceId)}
        >
          {say("workspace.open")}
        </Button>
      )
  }
]

/** Those whose name or id has this in it, the one that is open first. */
const found = (all: ReadonlyArray<WorkspaceInfo>, search: string, presentId: string): ReadonlyArray<WorkspaceInfo> => {
  const part = search.trim().toLowerCase()
  const fits = all.filter((one) => `${one.name} ${one.workspaceId}`.toLowerCase().includes(part))
  const isPresent = ({ workspaceId }: WorkspaceInfo) => workspaceId === presentId
  return [...fits.filter(isPresent), ...fits.filter((one) => !isPresent(one))]
}

/** The workspaces that one may choose; who administers the installation creates more. */
const WorkspacesPage = () => {
  const words = useWords()
  const { say } = words
  const { wholeInstallation, workspace } = useSession()
  const mayAdminister = useMay("administer")
  const enter = useEnter()
  const [search, setSearch] = useState("")
  const all = useQuery({
    queryKey: ["workspaces"],
    queryFn: ({ signal }) => ask((api) => api.workspaces.list(), signal),
    refetchInterval: 30_000
  })
  const choose = useMutation({
    mutationFn: (workspaceId: string) => ask((api) => api.session.chooseWorkspace({ payload: { workspaceId } })),
    onSuccess: enter
  })
  return (
    <Page
      title={say("nav.workspaces")}
      hint={say("workspace.hint")}
      actions={wholeInstallation && mayAdminister ? <CreateWorkspace /> : null}
    >
      {choose.isError && <FailedState error={choose.error} />}
      <SearchField label={say("workspace.search")} value={search} onSearch={setSearch} />
      <Remote
        query={all}
        isEmpty={(every) => found(every, search, workspace.workspaceId).length === 0}
        empty="workspace.noMatch"
      >
        {(every) => (
          <DataTable
            label={say("nav.workspaces")}
            rows={found(every, search, workspace.workspaceId)}
            rowKey={({ workspaceId }) => workspaceId}
            columns={columnsOf(words, workspace.workspaceId, mayAdminister, choose.mutate)}
          />
        )}
      </Remote>
    </Page>
  )
}

export default WorkspacesPage
