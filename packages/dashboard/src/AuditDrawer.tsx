import { Button, Drawer, Group, Stack, Text, Title } from "@mantine/core"
import type { AuditEntry } from "@millrace/contracts/schemas"
import { Facts, useWords } from "@millrace/page-parts"
import { targetOf } from "./AuditTable.tsx"
import { changesOf } from "./changesOf.ts"
import { Difference } from "./Difference.tsx"
import { useMemberNames } from "./useMemberNames.ts"

interface AuditDrawerProps {
  readonly entry: AuditEntry | undefined
  readonly onClose: () => void
  /** Looks for what the same one did. */
  readonly onActor: (actor: string) => void
}

const Entry = ({ entry }: { readonly entry: AuditEntry }) => {
  const { say, format } = useWords()
  const nameOf = useMemberNames()
  const changes = changesOf(entry.before, entry.after)
  const details = Object.entries(entry.details).filter(([name]) => name !== "key")
  return (
    <>
      <Facts
        facts={[
          [say("audit.when"), format.moment(entry.atMs)],
          [say("audit.who"), nameOf(entry.actor)],
          [say("audit.what"), entry.action],
          [say("audit.target"), targetOf(entry)],
          [say("audit.account"), entry.accountId],
          [say("audit.rule"), entry.automationId],
          [say("audit.position"), entry.positionId],
          [say("audit.command"), entry.commandId],
          [say("record.workspace"), entry.workspaceId]
        ]}
      />
      <Title order={3} size="h4">
        {say("audit.change")}
      </Title>
      {changes.length === 0 ? (
        <Text size="sm" c="dimmed">
          {say("audit.noChange")}
        </Text>
      ) : (
        <Difference changes={changes} />
      )}
      {details.length > 0 && (
        <>
          <Title order={3} size="h4">
            {say("audit.details")}
          </Title>
          <Facts facts={details.map(([name, value]) => [name, String(value)])} />
        </>
      )}
    </>
  )
}

/** One entry in full. */
export const AuditDrawer = ({ entry, onClose, onActor }: AuditDrawerProps) => {
  const { say } = useWords()
  const nameOf = useMemberNames()
  return (
    <Drawer
      opened={entry !== undefined}
      onClose={onClose}
      position="right"
      size="lg"
      title={entry === undefined ? "" : say("audit.entry", { id: entry.auditId })}
      closeButtonProps={{ "aria-label": say("action.close") }}
    >
      {entry !== undefined && (
        <Stack gap="sm">
          <Group>
            <Button variant="light" size="compact-sm" onClick={() => onActor(entry.actor)}>
              {say("audit.filterActor", { actor: nameOf(entry.actor) })}
            </Button>
          </Group>
          <Entry entry={entry} />
        </Stack>
      )}
    </Drawer>
  )
}
