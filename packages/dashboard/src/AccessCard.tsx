import { Box, Group, Paper, Stack, Title } from "@mantine/core"
import { type ReactNode, useEffect } from "react"
import { AppearanceMenu } from "./AppearanceMenu.tsx"
import { Brand } from "./Brand.tsx"
import { useWords } from "./useWords.ts"

/** The card of pages for which nobody has to be signed in. */
export const AccessCard = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => {
  const { say } = useWords()
  useEffect(() => {
    document.title = `${title} · ${say("app.name")}`
  }, [title, say])
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
