import { Group, Paper, Text } from "@mantine/core"
import type { ReactNode } from "react"

/** How a figure is to be taken. */
export type Tone = "good" | "warning" | "bad" | "plain"

interface FigureProps {
  readonly label: string
  readonly value: string
  readonly tone?: Tone
  /** Below the value: what it is measured by. */
  readonly note?: string
  readonly chart?: ReactNode
}

/** One figure of the state of things. */
export const Figure = ({ label, value, tone = "plain", note, chart }: FigureProps) => (
  <Paper withBorder p="sm" className="figure">
    <Text size="xs" c="dimmed">
      {label}
    </Text>
    <Group justify="space-between" align="center" gap="xs">
      <Text fw={650} fz={20} className={`number ${tone}`}>
        {value}
      </Text>
      {chart}
    </Group>
    {note !== undefined && (
      <Text size="xs" c="dimmed">
        {note}
      </Text>
    )}
  </Paper>
)
