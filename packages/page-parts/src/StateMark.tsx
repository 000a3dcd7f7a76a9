import { Group, Text } from "@mantine/core"
import type { Tone } from "./Figure.tsx"

const signs: Readonly<Record<Tone, string>> = { good: "●", warning: "▲", bad: "■", plain: "○" }

/** A state by word, colour and shape: none of the three is needed to tell it. */
export const StateMark = ({ tone, text }: { readonly tone: Tone; readonly text: string }) => (
  <Group gap={6} wrap="nowrap" component="span" display="inline-flex">
    <Text component="span" size="xs" className={tone} aria-hidden="true">
      {signs[tone]}
    </Text>
    <Text component="span" size="sm">
      {text}
    </Text>
  </Group>
)
