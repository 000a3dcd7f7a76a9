import { Text, TextInput } from "@mantine/core"
import type { MemberInfo, OneTimeUrl } from "@millrace/api"
import type { Rights } from "@millrace/contracts/schemas"
import { EmailField, FormButton, ShownOnce, useWords } from "@millrace/page-parts"
import { useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { ask } from "./client.ts"
import { RightsFields } from "./RightsFields.tsx"

const least: Rights = { role: "viewer", granted: [] }

const Link = ({ link }: { readonly link: typeof OneTimeUrl.Type }) => {
  const { say, format } = useWords()
  return (
    <ShownOnce
      text={say("member.linkText")}
      secret={link.url}
      note={say("member.linkEnds", { when: format.moment(link.expiresAtMs) })}
    />
  )
}

/** Invites somebody: who has no password yet gets a link that works once. */
export const AddMember = () => {
  const { say } = useWords()
  const queries = useQueryClient()
  const [email, setEmail] = useState("")
  const [name, setName] = useState("")
  const [rights, setRights] = useState(least)
  const add = async () => {
    const payload = { email: email.trim(), name: name.trim(), ...rights }
    const added = await ask((api) => api.users.add({ payload }))
    void queries.invalidateQueries({ queryKey: ["members"] })
    return added
  }
  const empty = () => {
    setEmail("")
    setName("")
    setRights(least)
  }
  return (
    <FormButton
      label={say("member.add")}
      title={say("member.addTitle")}
      submit={say("member.add")}
      variant="filled"
      size="sm"
      valid={email.trim() !== "" && name.trim() !== ""}
      act={add}
      onClosed={empty}
      done={({ link, member }) =>
        link === undefined ? (
          <Text size="sm">{say("member.added", { email: member.email })}</Text>
        ) : (
          <Link link={link} />
        )
      }
    >
      <EmailField own={false} value={email} onChange={setEmail} />
      <TextInput
        label={say("link.name")}
        name="name"
        autoComplete="off"
        required
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <RightsFields rights={rights} onChange={setRights} />
    </FormButton>
  )
}

interface OfMember {
  readonly member: MemberInfo
}

/** Gives a member another role or other permissions. */
export const ChangeRights = ({ member }: OfMember) => {
  const { say } = useWords()
  const queries = useQueryClient()
  const { userId } = member
  const present = { role: member.role, granted: member.granted }
  const [rights, setRights] = useState<Rights>(present)
  const change = async () => {
    await ask((api) => api.users.change({ params: { userId }, payload: rights }))
    await queries.invalidateQueries({ queryKey: ["members"] })
    await queries.invalidateQueries({ queryKey: ["session"] })
  }
  return (
    <FormButton
      label={say("member.change")}
      title={say("member.changeTitle", { email: member.email })}
      submit={say("member.save")}
      act={change}
      onClosed={() => setRights(present)}
    >
      <RightsFields rights={rights} onChange={setRights} />
    </FormButton>
  )
}

/** A link by which a member chooses a new password. */
export const NewLink = ({ member: { email, userId } }: OfMember) => {
  const { say } = useWords()
  return (
    <FormButton
      label={say("member.link")}
      title={say("member.linkTitle", { email })}
      submit={say("member.makeLink")}
      act={() => ask((api) => api.users.link({ params: { userId } }))}
      done={(link) => <Link link={link} />}
    >
      <Text size="sm">{say("member.linkAsk")}</Text>
    </FormButton>
  )
}
