import { Button, Group, Loader, Text } from "@mantine/core"
import type { Search } from "./useSearch.ts"
import { useWords } from "./useWords.ts"

/** How far a search has come, with a way to stop it, or to look further. */
export const SearchProgress = ({
  search
}: {
  readonly search: Pick<Search<unknown>, "examined" | "reachedMs" | "searching" | "more" | "stop">
}) => {
  const { say, format } = useWords()
  const { examined, more, reachedMs, searching, stop } = search
  const reached = reachedMs === undefined ? "" : say("search.reached", { when: format.moment(reachedMs) })
  return (
    <Group gap="sm" mih={30}>
      {searching && <Loader size="xs" aria-hidden="true" />}
      <Text size="sm" c="dimmed" role="status">
        {`${say("search.examined", { count: examined })} ${reached}`}
      </Text>
      {searching && (
        <Button variant="default" size="compact-sm" onClick={stop}>
          {say("search.stop")}
        </Button>
      )}
      {more !== undefined && (
        <Button variant="default" size="compact-sm" onClick={more}>
          {say("search.more")}
        </Button>
      )}
    </Group>
  )
}
