import { Text } from "@mantine/core"
import { Page } from "./Page.tsx"
import { useWords } from "./useWords.ts"

/** Of an address that no page has. */
export const NoSuchPage = () => {
  const { say } = useWords()
  return (
    <Page title={say("notFound.title")}>
      <Text>{say("notFound.text")}</Text>
    </Page>
  )
}
