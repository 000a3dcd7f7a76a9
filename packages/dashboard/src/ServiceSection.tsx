import type { ServiceState } from "@millrace/api"
import {
  type Column,
  DataTable,
  Remote,
  Section,
  StateMark,
  type Tone,
  useWords,
  type Words
} from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { ask } from "./client.ts"
import { InstanceTable } from "./InstanceTable.tsx"
import { useSession } from "./useSession.ts"
import type { WordKey } from "./words.ts"

const stateOf = ({ inactive, notLive, notReady }: ServiceState): readonly [Tone, WordKey] => {
  if (inactive > 0) return ["bad", "service.silent"]
  if (notLive > 0) return ["bad", "service.notLive"]
  return notReady > 0 ? ["warning", "service.notReady"] : ["good", "service.up"]
}

const columnsOf = ({ say, format }: Words): ReadonlyArray<Column<ServiceState>> => [
  { name: "service.name", width: "2fr", cell: ({ service }) => service },
  {
    name: "service.state",
    cell: (row) => {
      const [tone, key] = stateOf(row)
      return <StateMark tone={tone} text={say(key)} />
    }
  },
  { name: "service.processes", figure: true, cell: ({ processes }) => format.number(processes) },
  { name: "service.version", cell: ({ versions }) => versions.join(", ") }
]

/** Every process, for members of the installation. */
const Processes = () => {
  const services = useQuery({
    queryKey: ["services"],
    queryFn: ({ signal }) => ask((api) => api.live.services(), signal),
    refetchInterval: 2_000
  })
  return <Remote query={services}>{(all) => <InstanceTable instances={all} />}</Remote>
}

/** The services: each of their processes for members of the installation, in sum for others. */
export const ServiceSection = ({ services }: { readonly services: ReadonlyArray<ServiceState> }) => {
  const words = useWords()
  const { wholeInstallation } = useSession()
  const title = words.say("overview.services")
  return (
    <Section title={title}>
      {wholeInstallation ? (
        <Processes />
      ) : (
        <DataTable label={title} rows={services} rowKey={({ service }) => service} columns={columnsOf(words)} />
      )}
    </Section>
  )
}
