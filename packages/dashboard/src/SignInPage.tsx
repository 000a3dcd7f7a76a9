import { Button, Stack, Text } from "@mantine/core"
import { EmailField, FailedState, PasswordField, tagOf, useWords } from "@millrace/page-parts"
import { useMutation } from "@tanstack/react-query"
import { Redacted } from "effect"
import { type FormEvent, useState } from "react"
import { AccessCard } from "./AccessCard.tsx"
import { ask } from "./client.ts"
import { useEnter } from "./useSession.ts"

/** Sign-in by e-mail address and password. */
export const SignInPage = () => {
  const { say } = useWords()
  const enter = useEnter()
  const [email, setEmail] = useState("")
  const [password, setPassword] = useState("")
  const signIn = useMutation({
    mutationFn: () =>
      ask((api) => api.session.signIn({ payload: { email: email.trim(), password: Redacted.make(password) } })),
    onSuccess: enter,
    onError: () => setPassword("")
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    signIn.mutate()
  }
  const wrong = tagOf(signIn.error) === "Unauthenticated"
  return (
    <AccessCard title={say("signIn.title")}>
      <form onSubmit={submit}>
        <Stack>
          <EmailField autoFocus value={email} onChange={setEmail} />
          <PasswordField
            label={say("signIn.password")}
            name="password"
            kind="current"
            value={password}
            onChange={setPassword}
            error={wrong ? say("signIn.wrong") : undefined}
          />
          {signIn.isError && !wrong && <FailedState error={signIn.error} />}
          <Button type="submit" loading={signIn.isPending}>
            {say("signIn.submit")}
          </Button>
          <Text size="sm" c="dimmed">
            {say("signIn.first")}
          </Text>
        </Stack>
      </form>
    </AccessCard>
  )
}
