import { NativeSelect, Textarea, TextInput } from "@mantine/core"
import type { GivenSchedule, ScheduleInfo } from "@millrace/api"
import { FormButton, useWords } from "@millrace/page-parts"
import { useQueryClient } from "@tanstack/react-query"
import { Result, Schema } from "effect"
import { useState } from "react"
import { ask } from "./client.ts"
import { useSession } from "./useSession.ts"
import { useTopics } from "./useTopics.ts"

const policies = ["skip", "once", "all"] as const

const placesOfPayload = "{{occurrence-id}}, {{scheduled-at-ms}}"

type Fields = ReturnType<typeof fieldsOf>

const fieldsOf = (schedule: ScheduleInfo | undefined, workspaceId: string) => ({
  scheduleId: schedule?.scheduleId ?? "",
  cron: schedule?.cron ?? "0 6 * * *",
  timeZone: schedule?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  topic: schedule?.topic ?? "",
  lane: schedule?.lane ?? "",
  key: schedule?.key ?? workspaceId,
  workspaceId: schedule?.workspaceId ?? workspaceId,
  owner: schedule?.owner ?? "",
  missed: schedule?.missed ?? "skip",
  payload: JSON.stringify(schedule?.payload ?? {}, null, 2)
})

const readJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Json))

const givenOf = (fields: Fields, payload: Schema.Json, schedule: ScheduleInfo | undefined): GivenSchedule => ({
  cron: fields.cron.trim(),
  timeZone: fields.timeZone.trim(),
  topic: fields.topic,
  ...(fields.lane === "" ? {} : { lane: fields.lane }),
  key: fields.key,
  workspaceId: fields.workspaceId,
  owner: fields.owner.trim(),
  missed: fields.missed,
  ...(schedule === undefined ? {} : { missedLimit: schedule.missedLimit, graceMs: schedule.graceMs }),
  payload
})

/** Stores a new schedule, or changes one; what the server refuses is said in the form. */
export const ScheduleForm = ({ schedule }: { readonly schedule?: ScheduleInfo }) => {
  const { say } = useWords()
  const queries = useQueryClient()
  const { workspace } = useSession()
  const topics = (useTopics().data ?? []).filter(({ hasSchema, system }) => hasSchema && !system)
  const empty = fieldsOf(schedule, workspace.workspaceId)
  const [fields, setFields] = useState(empty)
  const change = (part: Partial<Fields>) => setFields((before) => ({ ...before, ...part }))
  const topic = topics.find((one) => one.topic === fields.topic)
  const writers = [...new Set(topic?.kinds.map(({ writer }) => writer) ?? [])]
  const payload = readJson(fields.payload)
  const filled = [fields.scheduleId, fields.cron, fields.topic, fields.key, fields.workspaceId, fields.owner]
  const text = (name: "scheduleId" | "cron" | "timeZone" | "key" | "workspaceId", label: string, note?: string) => (
    <TextInput
      label={label}
      description={note}
      value={fields[name]}
      required
      disabled={name === "scheduleId" && schedule !== undefined}
      onChange={(event) => change({ [name]: event.currentTarget.value })}
    />
  )
  return (
    <FormButton
      label={say(schedule === undefined ? "schedule.new" : "schedule.edit")}
      title={
        schedule === undefined ? say("schedule.newTitle") : say("schedule.editTitle", { schedule: schedule.scheduleId })
      }
      submit={say("schedule.save")}
      variant={schedule === undefined ? "filled" : "light"}
      size={schedule === undefined ? "sm" : "compact-sm"}
      modalSize="lg"
      valid={Result.isSuccess(payload) && filled.every((one) => one.trim() !== "")}
      onClosed={() => setFields(empty)}
      act={async () => {
        if (Result.isFailure(payload)) return
        const params = { scheduleId: fields.scheduleId.trim() }
        await ask((api) => api.timers.put({ params, payload: givenOf(fields, payload.success, schedule) }))
        await queries.invalidateQueries({ queryKey: ["schedules"] })
      }}
    >
      {text("scheduleId", say("schedule.id"))}
      {text("cron", say("schedule.cron"), say("schedule.cronHint"))}
      {text("timeZone", say("schedule.zone"))}
      <NativeSelect
        label={say("timer.topic")}
        required
        value={fields.topic}
        onChange={(event) => {
          const name = event.currentTarget.value
          const writer = topics.find((one) => one.topic === name)?.kinds[0]?.writer ?? ""
          change({ topic: name, owner: writer, lane: "" })
        }}
        data={["", ...topics.map((one) => one.topic)]}
      />
      <NativeSelect
        label={say("schedule.owner")}
        value={fields.owner}
        onChange={(event) => change({ owner: event.currentTarget.value })}
        data={writers.length === 0 ? [fields.owner] : writers}
      />
      <NativeSelect
        label={say("schedule.lane")}
        value={fields.lane}
        onChange={(event) => change({ lane: event.currentTarget.value })}
        data={["", ...(topic?.lanes.map(({ lane }) => lane) ?? [])]}
      />
      {text("key", say("record.key"))}
      {text("workspaceId", say("record.workspace"))}
      <NativeSelect
        label={say("schedule.policy")}
        value={fields.missed}
        onChange={(event) => change({ missed: event.currentTarget.value as Fields["missed"] })}
        data={policies.map((value) => ({ value, label: say(`policy.${value}`) }))}
      />
      <Textarea
        label={say("schedule.payload")}
        description={say("schedule.payloadHint", { places: placesOfPayload })}
        value={fields.payload}
        error={Result.isSuccess(payload) ? undefined : say("schedule.notJson")}
        autosize
        minRows={4}
        maxRows={16}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        onChange={(event) => change({ payload: event.currentTarget.value })}
      />
    </FormButton>
  )
}
