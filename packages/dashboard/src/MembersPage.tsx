import { Group, Stack, Text } from "@mantine/core"
import type { MemberInfo } from "@millrace/api"
import { withinRights } from "@millrace/contracts/schemas"
import {
  type Column,
  ConfirmButton,
  DataTable,
  Page,
  Remote,
  SearchField,
  StateMark,
  usePages,
  useWords,
  type Words
} from "@millrace/page-parts"
import { useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { ask } from "./client.ts"
import { AddMember, ChangeRights, NewLink } from "./MemberForms.tsx"
import { RightsMark } from "./RightsMark.tsx"
import { useSession } from "./useSession.ts"

const MemberActions = ({ member }: { readonly member: MemberInfo }) => {
  const { say } = useWords()
  const queries = useQueryClient()
  const own = useSession()
  // Nobody changes who may more than he: the server refuses it, so that it is not offered.
  if (!withinRights(member, own)) return null
  const { email, userId } = member
  const remove = async () => {
    await ask((api) => api.users.remove({ params: { userId } }))
    await queries.invalidateQueries({ queryKey: ["members"] })
  }
  return (
    <Group gap={6}>
      <ChangeRights member={member} />
      <NewLink member={member} />
      {userId !== own.user.userId && (
        <ConfirmButton
          label={say("member.remove")}
          title={say("member.removeTitle", { email })}
          text={say("member.removeText")}
          color="red"
          act={remove}
        />
      )}
    </Group>
  )
}

const columnsOf = ({ say }: Words, ownId: string): ReadonlyArray<Column<MemberInfo>> => [
  {
    name: "member.name",
    width: "2fr",
    cell: ({ email, name, userId }) => (
      <Stack gap={0}>
        <Text size="sm" fw={600}>
          {userId === ownId ? say("member.you", { name }) : name}
        </Text>
        <Text size="sm" c="dimmed">
          {email}
        </Text>
      </Stack>
    )
  },
  { name: "rights.title", width: "1.5fr", cell: (member) => <RightsMark rights={member} /> },
  {
    name: "member.state",
    width: "1fr",
    cell: ({ hasPassword }) => (
      <StateMark
        tone={hasPassword ? "good" : "warning"}
        text={say(hasPassword ? "member.canSignIn" : "member.waitsForLink")}
      />
    )
  },
  { name: "member.actions", width: "17rem", cell: (member) => <MemberActions member={member} /> }
]

/** Members of the workspace: who they are, what they may, how they come in. */
const MembersPage = () => {
  const words = useWords()
  const { say } = words
  const { user, workspace } = useSession()
  const [search, setSearch] = useState("")
  const { query, rows, total, onMore } = usePages<MemberInfo>({
    queryKey: ["members", search],
    load: (page, signal) =>
      ask((api) => api.users.list({ query: { ...page, limit: 100, ...(search === "" ? {} : { search }) } }), signal),
    everyMs: 10_000
  })
  return (
    <Page title={say("nav.members")} hint={say("member.hint", { workspace: workspace.name })} actions={<AddMember />}>
      <SearchField label={say("member.search")} value={search} onSearch={setSearch} />
      <Remote query={query} isEmpty={() => rows.length === 0} empty="member.none">
        {() => (
          <DataTable
            label={say("nav.members")}
            rows={rows}
            rowKey={({ userId }) => userId}
            columns={columnsOf(words, user.userId)}
            total={total}
            onMore={onMore}
          />
        )}
      </Remote>
    </Page>
  )
}

export default MembersPage
