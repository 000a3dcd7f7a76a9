import { Button, Group, TextInput } from "@mantine/core"
import { MomentField, useWords } from "@millrace/page-parts"
import { type FormEvent, useState } from "react"

/** What is looked for in the audit log, as it stands in the page's address. */
export const questionNames = ["actor", "action", "subject", "from", "to"] as const
export type AuditQuestion = Readonly<Record<(typeof questionNames)[number], string>>

interface AuditFormProps {
  readonly asked: AuditQuestion
  readonly onSearch: (asked: AuditQuestion) => void
}

const nothing = Object.fromEntries(questionNames.map((name) => [name, ""])) as AuditQuestion

/** By whom, what, of what and when. */
export const AuditForm = ({ asked, onSearch }: AuditFormProps) => {
  const { say } = useWords()
  const [given, setGiven] = useState(asked)
  const change = (part: Partial<AuditQuestion>) => setGiven((before) => ({ ...before, ...part }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSearch({
      ...given,
      actor: given.actor.trim(),
      action: given.action.trim(),
      subject: given.subject.trim()
    })
  }
  return (
    <form onSubmit={submit} className="search-form">
      {(["actor", "action", "subject"] as const).map((name) => (
        <TextInput
          key={name}
          label={say(`audit.${name}`)}
          value={given[name]}
          maxLength={200}
          onChange={(event) => change({ [name]: event.currentTarget.value })}
        />
      ))}
      <MomentField label={say("search.from")} value={given.from} onChange={(from) => change({ from })} />
      <MomentField label={say("search.to")} value={given.to} onChange={(to) => change({ to })} />
      <Group gap="xs" align="end">
        <Button type="submit">{say("search.submit")}</Button>
        <Button variant="default" onClick={() => onSearch(nothing)}>
          {say("search.clear")}
        </Button>
      </Group>
    </form>
  )
}
