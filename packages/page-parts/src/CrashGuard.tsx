// Foreign boundary: React reports what a component throws to a class.
import { Alert, Code, Container, Stack, Text } from "@mantine/core"
import { Component, type ReactNode } from "react"
import { useWords } from "./useWords.ts"

const Crashed = ({ what }: { readonly what: string }) => {
  const { say } = useWords()
  return (
    <Container py="xl">
      <Alert color="red" title={say("error.title")} role="alert">
        <Stack>
          <Text size="sm">{say("error.crash")}</Text>
          <Code block>{what}</Code>
        </Stack>
      </Alert>
    </Container>
  )
}

interface Crash {
  readonly what?: string
}

/** Shows what a page threw while it was drawn, in its place; `at` another page begins anew. */
export class CrashGuard extends Component<{ readonly children: ReactNode; readonly at?: string }, Crash> {
  override state: Crash = {}

  static getDerivedStateFromError(error: unknown): Crash {
    return { what: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
  }

  override componentDidUpdate(before: { readonly at?: string }) {
    if (before.at !== this.props.at && this.state.what !== undefined) this.setState({})
  }

  override render() {
    return this.state.what === undefined ? this.props.children : <Crashed what={this.state.what} />
  }
}
