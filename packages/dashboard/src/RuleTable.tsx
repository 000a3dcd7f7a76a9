import { Anchor, Group, Stack, Switch } from "@mantine/core"
import type { RuleInfo } from "@millrace/api"
import { type Column, DataTable, FailedState, StateMark, useWords, type Words } from "@millrace/page-parts"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { Link } from "wouter"
import { ask } from "./client.ts"
import { KillSwitch } from "./KillSwitch.tsx"
import { ruleText } from "./ruleText.ts"
import { useMay } from "./useSession.ts"

interface RuleChange {
  readonly ruleId: string
  readonly payload: { readonly enabled?: boolean; readonly dryRun?: boolean }
}

interface Changing {
  readonly may: boolean
  readonly pending: RuleChange | undefined
  readonly change: (change: RuleChange) => void
}

const RuleSwitch = ({
  info,
  field,
  changing
}: {
  readonly info: RuleInfo
  readonly field: "enabled" | "dryRun"
  readonly changing: Changing
}) => {
  const { say } = useWords()
  const { rule } = info
  const pending = changing.pending?.ruleId === rule.ruleId ? changing.pending.payload : {}
  return (
    <Switch
      aria-label={say(field === "enabled" ? "rule.setEnabled" : "rule.setDryRun", { rule: rule.ruleId })}
      checked={{ ...rule, ...pending }[field]}
      disabled={!changing.may || changing.pending !== undefined}
      onChange={(event) => changing.change({ ruleId: rule.ruleId, payload: { [field]: event.currentTarget.checked } })}
    />
  )
}

const columnsOf = (words: Words, changing: Changing): ReadonlyArray<Column<RuleInfo>> => [
  {
    name: "rule.name",
    width: "1.5fr",
    cell: ({ rule }) => (
      <Anchor component={Link} href={`/rules/${rule.ruleId}`} fw={600}>
        {rule.ruleId}
      </Anchor>
    )
  },
  { name: "rule.what", width: "2.5fr", cell: ({ rule }) => ruleText(words, rule) },
  {
    name: "rule.enabled",
    width: "5rem",
    cell: (info) => <RuleSwitch info={info} field="enabled" changing={changing} />
  },
  { name: "rule.dryRun", width: "6rem", cell: (info) => <RuleSwitch info={info} field="dryRun" changing={changing} /> },
  {
    name: "rule.mode",
    width: "1.5fr",
    cell: ({ rule, mode }) => (
      <Group gap="xs" wrap="nowrap">
        <StateMark tone={mode === "ACTIVE" ? "good" : "bad"} text={words.say(`mode.${mode}`)} />
        {changing.may && (
          <KillSwitch
            compact
            scope={{ of: "rule", accountId: rule.accountId, ruleId: rule.ruleId }}
            label={words.say("rule.halt")}
          />
        )}
      </Group>
    )
  }
]

/** The rules of an account with their switches. */
export const RuleTable = ({ rules }: { readonly rules: ReadonlyArray<RuleInfo> }) => {
  const words = useWords()
  const queries = useQueryClient()
  const may = useMay("trading")
  const changing = useMutation({
    mutationFn: ({ payload, ruleId }: RuleChange) => ask((api) => api.rules.switch({ params: { ruleId }, payload })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["trading"] })
  })
  return (
    <Stack gap="xs">
      {changing.isError && <FailedState error={changing.error} />}
      <DataTable
        label={words.say("rule.list")}
        rows={rules}
        rowKey={({ rule }) => rule.ruleId}
        columns={columnsOf(words, {
          may,
          pending: changing.isPending ? changing.variables : undefined,
          change: changing.mutate
        })}
      />
    </Stack>
  )
}
