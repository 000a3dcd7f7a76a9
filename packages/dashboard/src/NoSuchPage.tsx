import { Text } from "@mantine/core"
import { Page, useWords } from "@millrace/page-parts"

/** Of an address that no page has. */
export const NoSuchPage = () => {
  const { say } = useWords()
  return (
    <Page title={say("notFound.title")}>
      <Text>{say("notFound.text")}</Text>
    </Page>
  )
}
