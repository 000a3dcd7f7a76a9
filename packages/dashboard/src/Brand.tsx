import { Group, Text } from "@mantine/core"
import { useWords } from "@millrace/page-parts"

/** Sign and name. */
export const Brand = () => {
  const { say } = useWords()
  return (
    <Group gap="xs" wrap="nowrap">
      <img src="/favicon.svg" alt="" width={26} height={26} />
      <Text fw={700} size="lg">
        {say("app.name")}
      </Text>
    </Group>
  )
}
