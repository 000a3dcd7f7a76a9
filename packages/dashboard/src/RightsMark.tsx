import { Badge, Group, Text } from "@mantine/core"
import type { Rights } from "@millrace/contracts/schemas"
import { useWords } from "@millrace/page-parts"

/** A role, and what is granted besides. */
export const RightsMark = ({ rights }: { readonly rights: Rights }) => {
  const { say } = useWords()
  return (
    <Group gap={6} component="span" display="inline-flex">
      <Text size="sm" component="span">
        {say(`role.${rights.role}`)}
      </Text>
      {rights.granted.map((grant) => (
        <Badge key={grant} variant="outline" size="sm" tt="none" color="gray" className="plain-badge">
          {say(`grant.${grant}`)}
        </Badge>
      ))}
    </Group>
  )
}
