import { Stack } from "@mantine/core"
import type { PositionInfo } from "@millrace/api"
import { Remote, SearchField, usePages, useWords } from "@millrace/page-parts"
import { useState } from "react"
import { ask } from "./client.ts"
import { PositionTable } from "./PositionTable.tsx"

/** Open positions of the workspace, the most endangered first. */
export const PositionList = () => {
  const { say } = useWords()
  const [search, setSearch] = useState("")
  const { query, rows, total, onMore } = usePages<PositionInfo>({
    queryKey: ["trading", "positions", search],
    load: (page, signal) =>
      ask(
        (api) => api.trading.positions({ query: { ...page, limit: 100, ...(search === "" ? {} : { search }) } }),
        signal
      ),
    everyMs: 3_000
  })
  return (
    <Stack gap="sm">
      <SearchField label={say("trading.search")} value={search} onSearch={setSearch} />
      <Remote query={query} isEmpty={() => rows.length === 0} empty="trading.noPositions">
        {() => <PositionTable positions={rows} total={total} onMore={onMore} withAccount />}
      </Remote>
    </Stack>
  )
}
