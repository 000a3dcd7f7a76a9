import { Checkbox, Radio, Stack } from "@mantine/core"
import type { GrantedPermission, Rights, Role } from "@millrace/contracts/schemas"
import { useWords } from "@millrace/page-parts"
import { useSession } from "./useSession.ts"

const roles: ReadonlyArray<Role> = ["viewer", "operator", "admin"]
const grants: ReadonlyArray<GrantedPermission> = ["trading", "replay"]

interface RightsFieldsProps {
  readonly rights: Rights
  readonly onChange: (rights: Rights) => void
}

/** A role and what is granted besides; more than who chooses has himself can't be chosen. */
export const RightsFields = ({ rights, onChange }: RightsFieldsProps) => {
  const { say } = useWords()
  const own = useSession()
  return (
    <>
      <Radio.Group
        label={say("rights.role")}
        value={rights.role}
        onChange={(role) => onChange({ ...rights, role: role as Role })}
      >
        <Stack gap={6} mt={6}>
          {roles.map((role) => (
            <Radio
              key={role}
              value={role}
              label={say(`role.${role}`)}
              description={say(`roleMay.${role}`)}
              disabled={roles.indexOf(role) > roles.indexOf(own.role)}
            />
          ))}
        </Stack>
      </Radio.Group>
      <Checkbox.Group
        label={say("rights.granted")}
        value={[...rights.granted]}
        onChange={(granted) => onChange({ ...rights, granted: granted as ReadonlyArray<GrantedPermission> })}
      >
        <Stack gap={6} mt={6}>
          {grants.map((grant) => (
            <Checkbox
              key={grant}
              value={grant}
              label={say(`grant.${grant}`)}
              description={say(`grantMay.${grant}`)}
              disabled={!own.granted.includes(grant)}
            />
          ))}
        </Stack>
      </Checkbox.Group>
    </>
  )
}
