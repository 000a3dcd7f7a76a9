import {
  type AutomationCommand,
  automationCommands,
  commandLane,
  commandSubject,
  type Decision,
  decisions,
  type MarginEvent,
  type MarginState,
  marginEvents,
  marginState,
  type Notification,
  notifications
} from "@millrace/contracts"
import { type Outgoing, outgoing } from "@millrace/runtime"

/** A record that the monitor wants to publish, as a plain value. */
export type Output = { readonly workspaceId: string } & (
  | { readonly _tag: "Command"; readonly value: AutomationCommand }
  | { readonly _tag: "MarginEvent"; readonly value: MarginEvent }
  | { readonly _tag: "Decision"; readonly value: Decision }
  | { readonly _tag: "Notification"; readonly value: Notification; readonly lane: "critical" | "normal" }
  /** `value` null deletes the row. */
  | { readonly _tag: "State"; readonly key: string; readonly value: MarginState | null }
)

/** Outputs of one step, in the order in which they were decided. */
export type Outputs = Array<Output>

/** Returns the record of an output. */
export const toOutgoing = (output: Output): Outgoing => {
  const { workspaceId } = output
  switch (output._tag) {
    case "Command": {
      const { value } = output
      const key = `${value.accountId}/${commandSubject(value)}`
      return outgoing(automationCommands, { key, value, workspaceId, lane: commandLane(value) })
    }
    case "MarginEvent":
      return outgoing(marginEvents, { key: output.value.accountId, value: output.value, workspaceId })
    case "Decision":
      return outgoing(decisions, { key: output.value.accountId, value: output.value, workspaceId })
    case "Notification":
      return outgoing(notifications, { key: output.value.userId, value: output.value, workspaceId, lane: output.lane })
    case "State":
      return outgoing(marginState, { key: output.key, value: output.value, workspaceId })
  }
}
