import { NativeSelect, TextInput } from "@mantine/core"
import type { Rights } from "@millrace/contracts/schemas"
import { FormButton, ShownOnce, useWords } from "@millrace/page-parts"
import { useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { ask } from "./client.ts"
import { RightsFields } from "./RightsFields.tsx"

const least: Rights = { role: "viewer", granted: [] }
const lifetimes = [7, 30, 90, 365] as const
const usual = "30"

/** Creates a token; its secret is shown once. */
export const CreateToken = () => {
  const { say } = useWords()
  const queries = useQueryClient()
  const [name, setName] = useState("")
  const [days, setDays] = useState(usual)
  const [rights, setRights] = useState(least)
  const create = async () => {
    const ends = days === "" ? {} : { days: Number(days) }
    const created = await ask((api) => api.tokens.create({ payload: { name: name.trim(), ...rights, ...ends } }))
    void queries.invalidateQueries({ queryKey: ["tokens"] })
    return created
  }
  const empty = () => {
    setName("")
    setDays(usual)
    setRights(least)
  }
  return (
    <FormButton
      label={say("token.create")}
      title={say("token.createTitle")}
      submit={say("token.create")}
      variant="filled"
      size="sm"
      valid={name.trim() !== ""}
      act={create}
      onClosed={empty}
      done={({ secret, token }) => (
        <ShownOnce text={say("token.secretText", { name: token.name })} secret={secret} note={say("token.secretUse")} />
      )}
    >
      <TextInput
        label={say("token.name")}
        description={say("token.nameHint")}
        name="token"
        autoComplete="off"
        required
        maxLength={100}
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <NativeSelect
        label={say("token.lifetime")}
        value={days}
        onChange={(event) => setDays(event.currentTarget.value)}
        data={[
          ...lifetimes.map((count) => ({ value: String(count), label: say("token.days", { count }) })),
          { value: "", label: say("token.endless") }
        ]}
      />
      <RightsFields rights={rights} onChange={setRights} />
    </FormButton>
  )
}
