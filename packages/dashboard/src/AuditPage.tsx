import { Stack } from "@mantine/core"
import type { AuditEntry } from "@millrace/contracts/schemas"
import { Page, Remote, SearchProgress, useAddress, useSearch, useWords } from "@millrace/page-parts"
import { AuditDrawer } from "./AuditDrawer.tsx"
import { AuditForm, type AuditQuestion, questionNames } from "./AuditForm.tsx"
import { AuditTable } from "./AuditTable.tsx"
import { ask } from "./client.ts"

const queryOf = ({ action, actor, from, subject, to }: AuditQuestion) => ({
  ...(actor === "" ? {} : { actor }),
  ...(action === "" ? {} : { action }),
  ...(subject === "" ? {} : { subject }),
  ...(from === "" ? {} : { fromMs: Number(from) }),
  ...(to === "" ? {} : { toMs: Number(to) })
})

/** Who did what and when, the latest first; what is asked for stands in the address. */
const AuditPage = () => {
  const { say } = useWords()
  const { read, write } = useAddress()
  const asked = Object.fromEntries(questionNames.map((name) => [name, read(name)])) as AuditQuestion
  const search = useSearch<AuditEntry>({
    queryKey: ["audit", asked],
    load: (page, signal) => ask((api) => api.audit.list({ query: { ...queryOf(asked), ...page, limit: 100 } }), signal)
  })
  const { query, rows } = search
  return (
    <Page title={say("nav.audit")} hint={say("audit.hint")}>
      <Stack gap="sm">
        <AuditForm key={JSON.stringify(asked)} asked={asked} onSearch={(next) => write({ ...next, entry: "" })} />
        <SearchProgress search={search} />
        <Remote query={query} isEmpty={() => rows.length === 0 && !search.searching} empty="audit.none">
          {() => <AuditTable rows={rows} onMore={search.more} onOpen={({ auditId }) => write({ entry: auditId })} />}
        </Remote>
        <AuditDrawer
          entry={rows.find(({ auditId }) => auditId === read("entry"))}
          onClose={() => write({ entry: "" })}
          onActor={(actor) => write({ actor, entry: "" })}
        />
      </Stack>
    </Page>
  )
}

export default AuditPage
