import { Stack, Text } from "@mantine/core"
import type { ServiceInstance } from "@millrace/api"
import { type Column, DataTable, StateMark, useNow, useWords, type Words } from "@millrace/page-parts"

const stateOf = ({ active, live, ready }: ServiceInstance) => {
  if (!active) return ["bad", "service.silent"] as const
  if (!live) return ["bad", "service.notLive"] as const
  return ready ? (["good", "service.up"] as const) : (["warning", "service.notReady"] as const)
}

const rateOf = ({ workers }: ServiceInstance): number =>
  workers.flatMap(({ lanes }) => lanes).reduce((sum, lane) => sum + lane.processedPerMinute, 0)

const columnsOf = ({ say, format }: Words, now: number): ReadonlyArray<Column<ServiceInstance>> => [
  {
    name: "service.name",
    width: "2fr",
    cell: ({ service, instance, reason }) => (
      <Stack gap={0}>
        <Text size="sm" fw={600}>
          {service}
        </Text>
        <Text size="xs" c="dimmed">
          {instance}
        </Text>
        {reason !== undefined && (
          <Text size="xs" className="bad">
            {reason}
          </Text>
        )}
      </Stack>
    )
  },
  {
    name: "service.state",
    cell: (row) => {
      const [tone, key] = stateOf(row)
      return <StateMark tone={tone} text={say(key)} />
    }
  },
  { name: "service.since", figure: true, cell: ({ startedAtMs }) => format.duration(now - startedAtMs) },
  { name: "service.rate", figure: true, cell: (row) => format.number(rateOf(row)) },
  { name: "service.memory", figure: true, cell: ({ memory }) => format.bytes(memory.residentBytes) },
  {
    name: "service.cpu",
    figure: true,
    cell: ({ cpuShare }) => (cpuShare === undefined ? "–" : format.percent(cpuShare, 0))
  },
  { name: "service.version", cell: ({ version }) => version },
  { name: "service.heard", figure: true, cell: ({ heardAtMs }) => format.ago(heardAtMs, now) }
]

/** The processes, each as it reported itself last. */
export const InstanceTable = ({ instances }: { readonly instances: ReadonlyArray<ServiceInstance> }) => {
  const words = useWords()
  const now = useNow()
  return (
    <DataTable
      label={words.say("overview.services")}
      rows={instances}
      rowKey={({ service, instance }) => `${service}/${instance}`}
      columns={columnsOf(words, now)}
    />
  )
}
