import { Stack, Text, Textarea } from "@mantine/core"
import { useDebouncedValue } from "@mantine/hooks"
import type { LetterDetail } from "@millrace/api"
import { explainError, FormButton, useWords } from "@millrace/page-parts"
import { useQuery } from "@tanstack/react-query"
import { Option, Schema } from "effect"
import { useEffect, useState } from "react"
import { ask } from "./client.ts"
import { TriageJob } from "./TriageJob.tsx"

const parseJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
const settledMs = 400

const textOf = ({ value }: LetterDetail): string => {
  const json = value._tag === "Decoded" ? value.value : value._tag === "Undecodable" ? value.json : undefined
  return json === undefined ? "{}" : JSON.stringify(json, null, 2)
}

/** Asks the server whether the topic's schema takes what is written, once somebody has stopped typing for a moment. */
const useCheck = (letter: LetterDetail, text: string, open: boolean) => {
  const [settled] = useDebouncedValue(text, settledMs)
  const params = { topic: letter.topic, letterId: letter.letterId }
  const json = parseJson(settled)
  const check = useQuery({
    queryKey: ["check", letter.topic, letter.letterId, settled],
    enabled: open && Option.isSome(json),
    queryFn: ({ signal }) =>
      ask((api) => api.deadLetters.check({ params, payload: { value: Option.getOrUndefined(json) } }), signal)
  })
  return { isJson: Option.isSome(parseJson(text)), isSettled: settled === text, check }
}

const Form = ({
  letter,
  text,
  reason,
  onText,
  onReason,
  onFits
}: {
  readonly letter: LetterDetail
  readonly text: string
  readonly reason: string
  readonly onText: (text: string) => void
  readonly onReason: (reason: string) => void
  readonly onFits: (text: string) => void
}) => {
  const { say } = useWords()
  const { check, isJson, isSettled } = useCheck(letter, text, true)
  const fits = isJson && isSettled && check.data?.fits === true
  useEffect(() => {
    if (fits) onFits(text)
  }, [fits, text, onFits])
  const issue = check.error === null ? check.data?.issue : explainError(check.error).detail
  const fault = isJson ? (isSettled && !fits ? issue : undefined) : say("edit.noJson")
  return (
    <Stack>
      <Text size="sm">{say("edit.text")}</Text>
      <Textarea
        label={say("edit.value")}
        classNames={{ input: "json" }}
        autosize
        minRows={8}
        maxRows={18}
        spellCheck={false}
        data-autofocus
        value={text}
        error={fault}
        onChange={(event) => onText(event.currentTarget.value)}
      />
      <Text size="sm" role="status" className={fits ? "good" : undefined}>
        {say(fits ? "edit.fits" : fault === undefined ? "edit.checking" : "edit.fitsNot")}
      </Text>
      <Textarea
        label={say("action.reason")}
        required
        maxLength={500}
        autosize
        minRows={2}
        value={reason}
        onChange={(event) => onReason(event.currentTarget.value)}
      />
    </Stack>
  )
}

/** Sends a letter back with another value, which the topic's schema has to take before anything is sent. */
export const EditLetter = ({ letter, offered }: { readonly letter: LetterDetail; readonly offered: boolean }) => {
  const { say } = useWords()
  const [text, setText] = useState(() => textOf(letter))
  const [reason, setReason] = useState("")
  const [checked, setChecked] = useState("")
  const { letterId, topic } = letter
  const edit = () => {
    const payload = { value: Option.getOrUndefined(parseJson(text)), reason: reason.trim() }
    return ask((api) => api.deadLetters.edit({ params: { topic, letterId }, payload }))
  }
  const empty = () => {
    setText(textOf(letter))
    setReason("")
    setChecked("")
  }
  return (
    <FormButton
      label={say("edit.button")}
      title={say("edit.title")}
      submit={say("edit.send")}
      modalSize="xl"
      valid={checked === text && reason.trim() !== ""}
      act={edit}
      done={({ jobId }) => <TriageJob jobId={jobId} />}
      offered={offered}
      onClosed={empty}
    >
      <Form letter={letter} text={text} reason={reason} onText={setText} onReason={setReason} onFits={setChecked} />
    </FormButton>
  )
}
