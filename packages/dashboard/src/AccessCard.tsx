import { Box, Group, Paper, Stack, Title } from "@mantine/core"
import { AppearanceMenu, usePageTitle } from "@millrace/page-parts"
import type { ReactNode } from "react"
import { Brand } from "./Brand.tsx"

/** The card of pages for which nobody has to be signed in. */
export const AccessCard = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => {
  usePageTitle(title)
  return (
    <Box component="main" className="access">
      <Stack w="100%" maw={400}>
        <Group justify="space-between">
          <Brand />
          <AppearanceMenu />
        </Group>
        <Paper withBorder p="lg" shadow="sm">
          <Title order={1} mb="md">
            {title}
          </Title>
          {children}
        </Paper>
      </Stack>
    </Box>
  )
}
