import { Button, Checkbox, Stack, Text, TextInput } from "@mantine/core"
import { EmailField, FailedState, PasswordField, tagOf, useWords } from "@millrace/page-parts"
import { useMutation } from "@tanstack/react-query"
import { Redacted } from "effect"
import { type FormEvent, useState } from "react"
import { useLocation } from "wouter"
import { AccessCard } from "./AccessCard.tsx"
import { ask } from "./client.ts"
import { useEnter } from "./useSession.ts"

/** Where one-time links lead; the secret follows behind `#`, which browsers do not send. */
export const linkPath = "/link"

/** What the address says: the secret, kept out of it from then on, and whether it is the first administrator's. */
const takeLink = () => {
  const secret = window.location.hash.slice(1)
  const first = new URLSearchParams(window.location.search).has("first")
  if (secret !== "") window.history.replaceState(null, "", linkPath)
  return { secret, first }
}

const faultOf = (password: string, repeated: string) => {
  if (password.length < 12) return "link.short" as const
  return password === repeated ? undefined : ("link.different" as const)
}

const used = new Set(["NotFound", "Unauthenticated", "Forbidden", "Conflict"])

/** Of a one-time link: the first administrator gives his name, everybody chooses a password. */
export const LinkPage = () => {
  const { say } = useWords()
  const enter = useEnter()
  const [, navigate] = useLocation()
  const [link] = useState(takeLink)
  const [first, setFirst] = useState(link.first)
  const [email, setEmail] = useState("")
  const [name, setName] = useState("")
  const [password, setPassword] = useState("")
  const [repeated, setRepeated] = useState("")
  const [tried, setTried] = useState(false)
  const fault = faultOf(password, repeated)
  const following = useMutation({
    mutationFn: () =>
      ask((api) =>
        // biome-ignore lint/correctness/useHookAtTopLevel: an endpoint's name, no hook
        api.session.useLink({
          payload: {
            secret: Redacted.make(link.secret),
            password: Redacted.make(password),
            ...(first ? { email: email.trim(), name: name.trim() } : {})
          }
        })
      ),
    onSuccess: (session) => {
      enter(session)
      navigate("/")
    }
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (fault === undefined) following.mutate()
  }
  return (
    <AccessCard title={say("link.title")}>
      <form onSubmit={submit} noValidate={false}>
        <Stack>
          <Text size="sm" c="dimmed">
            {say("link.text")}
          </Text>
          <Checkbox
            label={say("link.first")}
            checked={first}
            onChange={(event) => setFirst(event.currentTarget.checked)}
          />
          {first && (
            <>
              <EmailField value={email} onChange={setEmail} />
              <TextInput
                label={say("link.name")}
                name="name"
                autoComplete="name"
                required
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
            </>
          )}
          <PasswordField
            label={say("link.password")}
            description={say("link.rule")}
            name="password"
            kind="new"
            value={password}
            onChange={setPassword}
            error={tried && fault === "link.short" ? say(fault) : undefined}
          />
          <PasswordField
            label={say("link.repeat")}
            name="repeated"
            kind="new"
            value={repeated}
            onChange={setRepeated}
            error={tried && fault === "link.different" ? say(fault) : undefined}
          />
          {following.isError &&
            (used.has(tagOf(following.error) ?? "") ? (
              <Text c="var(--mantine-color-error)" role="alert">
                {say("link.used")}
              </Text>
            ) : (
              <FailedState error={following.error} />
            ))}
          <Button type="submit" loading={following.isPending}>
            {say("link.submit")}
          </Button>
        </Stack>
      </form>
    </AccessCard>
  )
}
