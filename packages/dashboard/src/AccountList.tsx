import { Anchor, Group, NativeSelect, Stack } from "@mantine/core"
import type { AccountInfo } from "@millrace/api"
import { type Column, DataTable, Remote, SearchField, usePages, useWords, type Words } from "@millrace/page-parts"
import { useState } from "react"
import { Link } from "wouter"
import { ask } from "./client.ts"
import { Distance } from "./Distance.tsx"
import { ModeMark } from "./ModeMark.tsx"

const columnsOf = ({ format }: Words): ReadonlyArray<Column<AccountInfo>> => [
  {
    name: "account.name",
    width: "2fr",
    cell: ({ account }) => (
      <Anchor component={Link} href={`/accounts/${account.accountId}`} fw={600}>
        {account.name}
      </Anchor>
    )
  },
  { name: "account.network", cell: ({ account }) => account.network },
  { name: "account.state", width: "1.5fr", cell: ({ account, mode }) => <ModeMark account={account} mode={mode} /> },
  { name: "account.positions", figure: true, cell: ({ positions }) => format.number(positions) },
  { name: "account.rules", figure: true, cell: ({ rules }) => format.number(rules) },
  {
    name: "account.pnl",
    figure: true,
    cell: ({ pnlSats }) => <span className={pnlSats < 0 ? "bad" : "good"}>{format.sats(pnlSats)}</span>
  },
  { name: "account.nearest", figure: true, cell: ({ nearest }) => <Distance distance={nearest} /> }
]

type Order = "name" | "nearest"

/** The accounts of the workspace, loaded as somebody scrolls. */
export const AccountList = () => {
  const words = useWords()
  const { say } = words
  const [search, setSearch] = useState("")
  const [order, setOrder] = useState<Order>("name")
  const { query, rows, total, onMore } = usePages<AccountInfo>({
    queryKey: ["trading", "accounts", search, order],
    load: (page, signal) =>
      ask(
        (api) => api.trading.accounts({ query: { ...page, order, limit: 100, ...(search === "" ? {} : { search }) } }),
        signal
      ),
    everyMs: 3_000
  })
  return (
    <Stack gap="sm">
      <Group>
        <SearchField label={say("trading.search")} value={search} onSearch={setSearch} />
        <NativeSelect
          aria-label={say("trading.order")}
          value={order}
          onChange={(event) => setOrder(event.currentTarget.value as Order)}
          data={[
            { value: "name", label: say("trading.byName") },
            { value: "nearest", label: say("trading.byNearest") }
          ]}
        />
      </Group>
      <Remote
        query={query}
        isEmpty={() => rows.length === 0}
        empty={search === "" ? "trading.noAccounts" : "trading.noMatch"}
      >
        {() => (
          <DataTable
            label={say("trading.accounts")}
            rows={rows}
            rowKey={({ account }) => account.accountId}
            columns={columnsOf(words)}
            total={total}
            onMore={onMore}
          />
        )}
      </Remote>
    </Stack>
  )
}
