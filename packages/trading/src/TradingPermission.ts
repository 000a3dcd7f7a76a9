import { type CommandAction, opensExposure, type TradingMode } from "@millrace/contracts"

/** Why the controls refuse an action. */
export type ControlsRefusal = "halted" | "reduce_only" | "controls_unreadable"

/**
 * Whether the controls let an action pass; `undefined`: they do.
 *
 * HALTED refuses everything, REDUCE_ONLY what opens exposure. While the controls can't be read nothing is opened, and what
 * protects follows the mode last known.
 */
export const refusedByControls = (
  action: CommandAction,
  verdict: { readonly mode: TradingMode; readonly readable: boolean }
): ControlsRefusal | undefined => {
  if (verdict.mode === "HALTED") return "halted"
  if (!opensExposure(action)) return undefined
  if (verdict.mode === "REDUCE_ONLY") return "reduce_only"
  return verdict.readable ? undefined : "controls_unreadable"
}
