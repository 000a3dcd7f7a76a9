import { Stack, Text } from "@mantine/core"
import type { OrderInfo } from "@millrace/api"
import { type Column, DataTable, ShortId, StateMark, type Tone, useWords, type Words } from "@millrace/page-parts"

const tones: Readonly<Record<string, Tone>> = {
  succeeded: "good",
  unknown: "bad",
  sent: "warning",
  planned: "plain",
  refused: "plain",
  not_applied: "plain"
}

const Verdict = ({ order }: { readonly order: OrderInfo }) => {
  const { say, format } = useWords()
  const { verdict, verdictAtMs, verdictBy = "", verdictReason } = order
  if (verdict === undefined) return <span>–</span>
  return (
    <Stack gap={0}>
      <Text size="sm">{say(verdict === "applied" ? "verdict.applied" : "verdict.not_applied")}</Text>
      <Text size="xs" c="dimmed">
        {say("verdict.by", { who: verdictBy, when: verdictAtMs === undefined ? "" : format.moment(verdictAtMs) })}
      </Text>
      {verdictReason !== undefined && <Text size="xs">{verdictReason}</Text>}
    </Stack>
  )
}

const stateText = ({ say }: Words, state: string): string => {
  switch (state) {
    case "planned":
    case "sent":
    case "succeeded":
    case "refused":
    case "not_applied":
    case "unknown":
      return say(`order.${state}`)
    default:
      return state
  }
}

const columnsOf = (words: Words): ReadonlyArray<Column<OrderInfo>> => [
  { name: "order.id", width: "1.5fr", cell: ({ intentId }) => <ShortId id={intentId} /> },
  {
    name: "order.state",
    width: "1.5fr",
    cell: ({ state }) => <StateMark tone={tones[state] ?? "plain"} text={stateText(words, state)} />
  },
  { name: "order.sends", figure: true, width: "5rem", cell: ({ sends }) => words.format.number(sends) },
  {
    name: "order.signed",
    width: "1.5fr",
    cell: ({ signedAtMs }) => (signedAtMs === undefined ? "–" : words.format.moment(signedAtMs))
  },
  { name: "order.effect", width: "1.5fr", cell: ({ effectId }) => effectId ?? "–" },
  { name: "order.verdict", width: "2fr", cell: (order) => <Verdict order={order} /> }
]

/** What the ledger knows of a command's orders at the exchange. */
export const OrderList = ({ orders }: { readonly orders: ReadonlyArray<OrderInfo> }) => {
  const words = useWords()
  return (
    <DataTable
      label={words.say("order.list")}
      rows={orders}
      rowKey={({ intentId }) => intentId}
      columns={columnsOf(words)}
    />
  )
}
