import type { SwitchScope } from "@millrace/api"
import type { TradingSwitch } from "@millrace/contracts/schemas"
import {
  type Column,
  ConfirmButton,
  DataTable,
  Remote,
  StateMark,
  useNow,
  useWords,
  type Words
} from "@millrace/page-parts"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { ask } from "./client.ts"
import { useMay, useSession } from "./useSession.ts"

const scopeOf = ({ accountId, ruleId }: TradingSwitch): SwitchScope => {
  if (accountId === undefined) return { of: "installation" }
  return ruleId === undefined ? { of: "account", accountId } : { of: "rule", accountId, ruleId }
}

const nameOf = ({ say }: Words, { accountId, ruleId }: TradingSwitch): string => {
  if (accountId === undefined) return say("switch.all")
  return ruleId === undefined
    ? say("switch.ofAccount", { account: accountId })
    : say("switch.ofRule", { rule: ruleId, account: accountId })
}

const Lift = ({ one }: { readonly one: TradingSwitch }) => {
  const words = useWords()
  const { say } = words
  const queries = useQueryClient()
  const lift = async () => {
    await ask((api) => api.trading.liftSwitch({ payload: { scope: scopeOf(one) } }))
    await queries.invalidateQueries({ queryKey: ["switches"] })
    await queries.invalidateQueries({ queryKey: ["trading"] })
  }
  return (
    <ConfirmButton
      label={say("switch.lift")}
      title={say("switch.liftTitle")}
      text={say("switch.liftText", { what: nameOf(words, one) })}
      act={lift}
    />
  )
}

const columnsOf = (
  words: Words,
  now: number,
  mayLift: (one: TradingSwitch) => boolean
): ReadonlyArray<Column<TradingSwitch>> => [
  { name: "switch.what", width: "2fr", cell: (one) => nameOf(words, one) },
  {
    name: "switch.state",
    cell: ({ mode }) => <StateMark tone={mode === "HALTED" ? "bad" : "warning"} text={words.say(`mode.${mode}`)} />
  },
  { name: "switch.by", cell: ({ actor }) => actor },
  { name: "switch.since", cell: ({ atMs }) => words.format.ago(atMs, now) },
  { name: "switch.why", width: "2fr", cell: ({ reason }) => reason ?? "–" },
  { name: "switch.lift", width: "6rem", cell: (one) => (mayLift(one) ? <Lift one={one} /> : null) }
]

/** Kill switches that hold, and the way to lift each. */
export const SwitchList = () => {
  const words = useWords()
  const now = useNow()
  const mayTrade = useMay("trading")
  const { wholeInstallation } = useSession()
  const switches = useQuery({
    queryKey: ["switches"],
    queryFn: ({ signal }) => ask((api) => api.trading.switches(), signal),
    refetchInterval: 3_000
  })
  const mayLift = ({ accountId }: TradingSwitch) => mayTrade && (accountId !== undefined || wholeInstallation)
  return (
    <Remote query={switches} isEmpty={(all) => all.length === 0} empty="switch.none">
      {(all) => (
        <DataTable
          label={words.say("trading.switches")}
          rows={all}
          rowKey={({ accountId, ruleId }) => `${accountId ?? "*"}/${ruleId ?? "*"}`}
          columns={columnsOf(words, now, mayLift)}
        />
      )}
    </Remote>
  )
}
