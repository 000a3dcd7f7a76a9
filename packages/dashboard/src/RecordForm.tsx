import { Button, Group, NativeSelect, TextInput } from "@mantine/core"
import { MomentField, useWords } from "@millrace/page-parts"
import { type FormEvent, useState } from "react"
import { type Asked, askedNames } from "./useRecords.ts"

interface RecordFormProps {
  readonly lanes: ReadonlyArray<string>
  readonly asked: Asked
  readonly onSearch: (asked: Asked) => void
}

const nothing = Object.fromEntries(askedNames.map((name) => [name, ""])) as Asked

/** What to look for in a topic. Nothing is asked before it is sent. */
export const RecordForm = ({ lanes, asked, onSearch }: RecordFormProps) => {
  const { say } = useWords()
  const [given, setGiven] = useState(asked)
  const change = (part: Partial<Asked>) => setGiven((before) => ({ ...before, ...part }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSearch({ ...given, equals: given.field === "" ? "" : given.equals })
  }
  const text = (name: "key" | "text" | "field" | "equals", maxLength: number) => (
    <TextInput
      label={say(`search.${name}`)}
      value={given[name]}
      maxLength={maxLength}
      placeholder={name === "field" ? say("search.fieldExample") : ""}
      disabled={name === "equals" && given.field === ""}
      onChange={(event) => change({ [name]: event.currentTarget.value })}
    />
  )
  return (
    <form onSubmit={submit} className="search-form">
      {text("key", 1_000)}
      {text("text", 200)}
      {text("field", 200)}
      {text("equals", 1_000)}
      <MomentField label={say("search.from")} value={given.from} onChange={(from) => change({ from })} />
      <MomentField label={say("search.to")} value={given.to} onChange={(to) => change({ to })} />
      <NativeSelect
        label={say("search.order")}
        value={given.order === "" ? "newest" : given.order}
        onChange={(event) => change({ order: event.currentTarget.value === "newest" ? "" : "oldest" })}
        data={[
          { value: "newest", label: say("search.newest") },
          { value: "oldest", label: say("search.oldest") }
        ]}
      />
      {lanes.length > 1 && (
        <NativeSelect
          label={say("search.lane")}
          value={given.lane}
          onChange={(event) => change({ lane: event.currentTarget.value })}
          data={[{ value: "", label: say("search.allLanes") }, ...lanes]}
        />
      )}
      <Group gap="xs" align="end">
        <Button type="submit">{say("search.submit")}</Button>
        <Button variant="default" onClick={() => onSearch(nothing)}>
          {say("search.clear")}
        </Button>
      </Group>
    </form>
  )
}
