import { Anchor, Chip, Group, Stack, Text } from "@mantine/core"
import { type CommandInfo, CommandStatus } from "@millrace/api"
import {
  type Column,
  DataTable,
  Page,
  Remote,
  StateMark,
  useAddress,
  useNow,
  usePages,
  useWords,
  type WordKey,
  type Words
} from "@millrace/page-parts"
import { Schema } from "effect"
import { Link } from "wouter"
import { ask } from "./client.ts"
import { actionName, capital, reasonText, statusTones } from "./commandTexts.ts"
import { useCommandCounts } from "./useCommandCounts.ts"

const statuses = ["unknown", "pending", "failed", "refused"] as const
const isStatus = Schema.is(CommandStatus)

const columnsOf = (words: Words, now: number): ReadonlyArray<Column<CommandInfo>> => [
  {
    name: "command.what",
    width: "2fr",
    cell: ({ accountId, accountName, action, commandId }) => (
      <Stack gap={0}>
        <Anchor component={Link} href={`/${commandId}`} fw={600}>
          {capital(actionName(words, action))}
        </Anchor>
        <Text size="sm" c="dimmed">
          {accountName ?? accountId}
        </Text>
      </Stack>
    )
  },
  {
    name: "command.status",
    width: "1fr",
    cell: ({ status }) => <StateMark tone={statusTones[status]} text={words.say(`status.${status}`)} />
  },
  { name: "command.reason", width: "3fr", cell: ({ reason }) => reasonText(words, reason) },
  { name: "rule.name", width: "1.5fr", cell: ({ ruleId }) => ruleId },
  { name: "command.since", width: "1fr", cell: ({ sinceMs }) => words.format.ago(sinceMs, now) }
]

const StatusFilter = ({ status, onChange }: { readonly status: string; readonly onChange: (to: string) => void }) => {
  const { say, format } = useWords()
  const counts = useCommandCounts().data
  const named = (one: (typeof statuses)[number]): string =>
    counts === undefined ? say(`status.${one}`) : `${say(`status.${one}`)} (${format.number(counts[one])})`
  return (
    <Chip.Group value={status} onChange={(to) => onChange(to as string)}>
      <Group gap={6} role="radiogroup" aria-label={say("command.filter")}>
        <Chip value="" size="sm">
          {say("status.all")}
        </Chip>
        {statuses.map((one) => (
          <Chip key={one} value={one} size="sm">
            {named(one)}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  )
}

const nothing = (status: string): WordKey => (status === "" ? "command.none" : "command.noneOfStatus")

/** Commands that wait, are unknown or ended without effect; what has stood longest comes first. */
export const CommandList = () => {
  const words = useWords()
  const { say } = words
  const now = useNow()
  const { read, write } = useAddress()
  const status = isStatus(read("status")) ? read("status") : ""
  const accountId = read("account")
  const asked = {
    ...(isStatus(status) ? { status } : {}),
    ...(accountId === "" ? {} : { accountId })
  }
  const { query, rows, total, onMore } = usePages<CommandInfo>({
    queryKey: ["commands", "list", status, accountId],
    load: (page, signal) => ask((api) => api.commands.list({ query: { ...page, ...asked, limit: 100 } }), signal),
    everyMs: 3_000
  })
  return (
    <Page title={say("nav.commands")} hint={say("command.hint")}>
      <Group>
        <StatusFilter status={status} onChange={(to) => write({ status: to })} />
        {accountId !== "" && (
          <Anchor component="button" size="sm" onClick={() => write({ account: "" })}>
            {say("command.allAccounts", { account: accountId })}
          </Anchor>
        )}
      </Group>
      <Remote query={query} isEmpty={() => rows.length === 0} empty={nothing(status)}>
        {() => (
          <DataTable
            label={say("nav.commands")}
            rows={rows}
            rowKey={({ commandId }) => commandId}
            columns={columnsOf(words, now)}
            total={total}
            onMore={onMore}
          />
        )}
      </Remote>
    </Page>
  )
}
