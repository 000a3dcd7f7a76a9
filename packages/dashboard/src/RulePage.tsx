import { Anchor, Badge, Button, Group, Stack, Text } from "@mantine/core"
import type { RuleExplanationInfo } from "@millrace/api"
import { EmptyState, explainError, MomentField, Page, Remote, tagOf, useAddress, useWords } from "@millrace/page-parts"
import { keepPreviousData, useQuery } from "@tanstack/react-query"
import { Link } from "wouter"
import { AuditTrail } from "./AuditTrail.tsx"
import { ask } from "./client.ts"
import { ExplanationCard } from "./ExplanationCard.tsx"
import { nowMs } from "./nowMs.ts"
import { ruleText } from "./ruleText.ts"

const stepMs = 60_000

const momentOf = (text: string): number | undefined => {
  const at = Number(text)
  return text === "" || !Number.isFinite(at) || at < 0 ? undefined : at
}

/** The time that is asked about; without one it is now, asked again and again. */
const TimeChoice = ({ at, onChange }: { readonly at: number | undefined; readonly onChange: (at: string) => void }) => {
  const { say } = useWords()
  const step = (by: number) => onChange(String((at ?? nowMs()) + by))
  return (
    <Group align="flex-end" gap="xs">
      <MomentField label={say("why.at")} value={at === undefined ? "" : String(at)} onChange={onChange} whenLeft />
      <Button variant="default" onClick={() => step(-stepMs)}>
        {say("why.earlier")}
      </Button>
      <Button variant="default" disabled={at === undefined} onClick={() => step(stepMs)}>
        {say("why.later")}
      </Button>
      <Button variant={at === undefined ? "light" : "default"} onClick={() => onChange("")}>
        {say("why.now")}
      </Button>
    </Group>
  )
}

const Head = ({ found: { accountName, dryRun, rule } }: { readonly found: RuleExplanationInfo }) => {
  const words = useWords()
  const { say } = words
  return (
    <Stack gap={4}>
      <Text>{ruleText(words, rule)}</Text>
      <Group gap="md">
        <Anchor component={Link} href={`/accounts/${rule.accountId}`} size="sm">
          {accountName ?? rule.accountId}
        </Anchor>
        <Text size="sm" c="dimmed">
          {say("why.version", { version: rule.version })}
        </Text>
        {!rule.enabled && <Badge color="gray">{say("why.off")}</Badge>}
        {dryRun && <Badge color="yellow">{say("account.dryRun")}</Badge>}
      </Group>
    </Stack>
  )
}

/** Why a rule acted or did not, now or at a time of the past, for each position that it watched. */
export const RulePage = ({ ruleId }: { readonly ruleId: string }) => {
  const { say } = useWords()
  const { read, write } = useAddress()
  const at = momentOf(read("at"))
  const explained = useQuery({
    queryKey: ["explained", ruleId, at],
    queryFn: ({ signal }) =>
      ask((api) => api.rules.explain({ params: { ruleId }, query: at === undefined ? {} : { atMs: at } }), signal),
    placeholderData: keepPreviousData,
    refetchInterval: at === undefined ? 3_000 : false
  })
  // No price, rule or position of that time: an answer, and no failure.
  const nothing = tagOf(explained.error) === "Conflict"
  return (
    <Page title={say("why.title", { rule: ruleId })}>
      <TimeChoice at={at} onChange={(text) => write({ at: text })} />
      {nothing ? (
        <EmptyState text={say("why.nothing", { detail: explainError(explained.error).detail ?? "" })} />
      ) : (
        <Remote query={explained}>
          {(found) => (
            <>
              <Head found={found} />
              {found.explanations.length === 0 && <EmptyState text={say("why.noPosition")} />}
              {found.explanations.map((one) => (
                <ExplanationCard key={one.positionId ?? ""} explanation={one} rule={found.rule} />
              ))}
            </>
          )}
        </Remote>
      )}
      <AuditTrail subject={ruleId} />
    </Page>
  )
}
