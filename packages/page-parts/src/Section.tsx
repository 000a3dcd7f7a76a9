import { Group, Stack, Title } from "@mantine/core"
import type { ReactNode } from "react"
import { EmptyState } from "./EmptyState.tsx"

interface SectionProps {
  readonly title: string
  /** Shown instead of the content where there is nothing. */
  readonly empty?: string | undefined
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A part of a page under its own title. */
export const Section = ({ title, empty, actions, children }: SectionProps) => (
  <Stack gap="xs">
    <Group justify="space-between">
      <Title order={2}>{title}</Title>
      {actions}
    </Group>
    {empty === undefined ? children : <EmptyState text={empty} />}
  </Stack>
)
