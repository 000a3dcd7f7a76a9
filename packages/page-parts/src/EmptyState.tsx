import { Center, Text } from "@mantine/core"

/** Says that there is nothing, and why that is so. */
export const EmptyState = ({ text }: { readonly text: string }) => (
  <Center mih={96} p="md" className="empty">
    <Text c="dimmed" size="sm" ta="center">
      {text}
    </Text>
  </Center>
)
