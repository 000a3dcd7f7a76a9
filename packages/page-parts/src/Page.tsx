import { Box, Group, Stack, Text, Title } from "@mantine/core"
import type { ReactNode } from "react"
import { usePageTitle } from "./usePageTitle.ts"

interface PageProps {
  readonly title: string
  /** What the page is for, in a sentence. */
  readonly hint?: string
  /** Beside the title: what can be done with the whole page. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page: its title, also in the browser's, and its content. */
export const Page = ({ title, hint, actions, children }: PageProps) => {
  usePageTitle(title)
  return (
    <Stack gap="md" maw={1500}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Box flex="1 1 18rem">
          <Title order={1}>{title}</Title>
          {hint !== undefined && (
            <Text c="dimmed" size="sm">
              {hint}
            </Text>
          )}
        </Box>
        {actions}
      </Group>
      {children}
    </Stack>
  )
}
