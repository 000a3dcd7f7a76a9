import { Group, Stack, Text } from "@mantine/core"
import type { TokenInfo } from "@millrace/api"
import {
  type Column,
  ConfirmButton,
  DataTable,
  Page,
  Remote,
  StateMark,
  useNow,
  useWords,
  type Words
} from "@millrace/page-parts"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { CreateToken } from "./CreateToken.tsx"
import { ask } from "./client.ts"
import { RightsMark } from "./RightsMark.tsx"
import { useSession } from "./useSession.ts"

const soonMs = 7 * 86_400_000

const Revoke = ({ token: { name, tokenId } }: { readonly token: TokenInfo }) => {
  const { say } = useWords()
  const queries = useQueryClient()
  const revoke = async () => {
    await ask((api) => api.tokens.remove({ params: { tokenId } }))
    await queries.invalidateQueries({ queryKey: ["tokens"] })
  }
  return (
    <ConfirmButton
      label={say("token.revoke")}
      title={say("token.revokeTitle", { name })}
      text={say("token.revokeText")}
      color="red"
      act={revoke}
    />
  )
}

const End = ({ token, now }: { readonly token: TokenInfo; readonly now: number }) => {
  const { say, format } = useWords()
  const { expiresAtMs } = token
  if (expiresAtMs === undefined) return <StateMark tone="warning" text={say("token.never")} />
  if (expiresAtMs <= now) return <StateMark tone="bad" text={say("token.ended")} />
  return <StateMark tone={expiresAtMs - now < soonMs ? "warning" : "good"} text={format.moment(expiresAtMs)} />
}

const columnsOf = ({ say, format }: Words, now: number, ownId: string): ReadonlyArray<Column<TokenInfo>> => [
  {
    name: "token.name",
    width: "2fr",
    cell: ({ name, ownerEmail, userId }) => (
      <Stack gap={0}>
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          {userId === ownId ? say("token.yours") : (ownerEmail ?? userId)}
        </Text>
      </Stack>
    )
  },
  { name: "rights.title", width: "1.5fr", cell: (token) => <RightsMark rights={token} /> },
  {
    name: "token.used",
    cell: ({ lastUsedAtMs }) => (lastUsedAtMs === undefined ? say("token.neverUsed") : format.ago(lastUsedAtMs, now))
  },
  { name: "token.created", cell: ({ createdAtMs }) => format.moment(createdAtMs) },
  { name: "token.ends", cell: (token) => <End token={token} now={now} /> },
  {
    name: "token.actions",
    width: "7rem",
    cell: (token) => (
      <Group gap="xs">
        <Revoke token={token} />
      </Group>
    )
  }
]

/** Tokens of the API: one's own; all of the workspace where one administers it. */
const TokensPage = () => {
  const words = useWords()
  const { say } = words
  const now = useNow()
  const { user } = useSession()
  const tokens = useQuery({
    queryKey: ["tokens"],
    queryFn: ({ signal }) => ask((api) => api.tokens.list(), signal),
    refetchInterval: 15_000
  })
  return (
    <Page title={say("nav.tokens")} hint={say("token.hint")} actions={<CreateToken />}>
      <Remote query={tokens} isEmpty={(all) => all.length === 0} empty="token.none">
        {(all) => (
          <DataTable
            label={say("nav.tokens")}
            rows={all}
            rowKey={({ tokenId }) => tokenId}
            columns={columnsOf(words, now, user.userId)}
          />
        )}
      </Remote>
    </Page>
  )
}

export default TokensPage
