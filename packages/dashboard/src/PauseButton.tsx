import type { Pause, PauseScope } from "@millrace/contracts/schemas"
import { ConfirmButton, useWords } from "@millrace/page-parts"
import { useQueryClient } from "@tanstack/react-query"
import { ask } from "./client.ts"
import { useScopeName } from "./useScopeName.ts"
import { useMay, useSession } from "./useSession.ts"

/** Its records protect positions. */
const commands = "automation-commands"

interface PauseButtonProps {
  readonly scope: PauseScope
  /** What holds the scope now. */
  readonly pause: Pause | undefined
}

/** Pauses a topic or lane, or lets it go on; nothing for those who may not. */
export const PauseButton = ({ scope, pause }: PauseButtonProps) => {
  const { say } = useWords()
  const queries = useQueryClient()
  const { wholeInstallation } = useSession()
  const mayOperate = useMay("operate")
  const nameOf = useScopeName()
  if (!wholeInstallation || !mayOperate) return null
  const what = nameOf(scope)
  const told = async () => {
    await queries.invalidateQueries({ queryKey: ["pauses"] })
    await queries.invalidateQueries({ queryKey: ["overview"] })
  }
  if (pause !== undefined) {
    const held: PauseScope = {
      topic: pause.topic,
      ...(pause.lane === undefined ? {} : { lane: pause.lane }),
      ...(pause.worker === undefined ? {} : { worker: pause.worker })
    }
    return (
      <ConfirmButton
        key="resume"
        label={say("pause.resume")}
        title={say("pause.resumeTitle", { what: nameOf(held) })}
        text={say("pause.resumeText")}
        act={async () => {
          await ask((api) => api.controls.resume({ payload: held }))
          await told()
        }}
      />
    )
  }
  return (
    <ConfirmButton
      key="pause"
      label={say("pause.pause")}
      title={say("pause.title", { what })}
      text={`${say("pause.text")} ${scope.topic === commands ? say("pause.ofCommands") : ""}`.trim()}
      color="red"
      withReason
      act={async (reason) => {
        await ask((api) => api.controls.pause({ payload: { ...scope, ...(reason === "" ? {} : { reason }) } }))
        await told()
      }}
    />
  )
}
