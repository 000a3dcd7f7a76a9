import { Layer } from "effect"
import { accountHandlers } from "./accountHandlers.ts"
import { auditHandlers } from "./auditHandlers.ts"
import { commandHandlers } from "./commandHandlers.ts"
import { compatibilityHandlers } from "./compatibilityHandlers.ts"
import { controlHandlers } from "./controlHandlers.ts"
import { deadLetterHandlers } from "./deadLetterHandlers.ts"
import { liveHandlers } from "./liveHandlers.ts"
import { memberHandlers } from "./memberHandlers.ts"
import { ruleHandlers } from "./ruleHandlers.ts"
import { sessionHandlers } from "./sessionHandlers.ts"
import { timerHandlers } from "./timerHandlers.ts"
import { tokenHandlers } from "./tokenHandlers.ts"
import { topicHandlers } from "./topicHandlers.ts"
import { tradingHandlers } from "./tradingHandlers.ts"
import { workspaceHandlers } from "./workspaceHandlers.ts"

/** The handlers of every group; a further group is a further line here. */
export const apiHandlers = Layer.mergeAll(
  sessionHandlers,
  memberHandlers,
  workspaceHandlers,
  tokenHandlers,
  liveHandlers,
  tradingHandlers,
  deadLetterHandlers,
  accountHandlers,
  ruleHandlers,
  commandHandlers,
  controlHandlers,
  topicHandlers,
  timerHandlers,
  auditHandlers,
  compatibilityHandlers
)
