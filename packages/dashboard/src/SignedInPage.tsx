import { Center, Loader } from "@mantine/core"
import { FailedState, useWords } from "@millrace/page-parts"
import { useLocation } from "wouter"
import { Frame } from "./Frame.tsx"
import { LinkPage, linkPath } from "./LinkPage.tsx"
import { SignInPage } from "./SignInPage.tsx"
import { SessionContext, useCurrentSession } from "./useSession.ts"

/** The frame with its pages for whoever is signed in; else sign-in, or the page of a one-time link. */
export const SignedInPage = () => {
  const { say } = useWords()
  const [path] = useLocation()
  const session = useCurrentSession()
  if (path === linkPath) return <LinkPage />
  if (session.isPending) {
    return (
      <Center mih="100dvh">
        <Loader role="status" aria-label={say("state.loading")} />
      </Center>
    )
  }
  if (session.isError) {
    return (
      <Center mih="100dvh" p="md" component="main">
        <FailedState error={session.error} onRetry={() => void session.refetch()} />
      </Center>
    )
  }
  if (session.data === null) return <SignInPage />
  return (
    <SessionContext.Provider value={session.data}>
      <Frame key={session.data.workspace.workspaceId} />
    </SessionContext.Provider>
  )
}
