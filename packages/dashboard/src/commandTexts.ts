import type { CommandStatus } from "@millrace/api"
import type { CommandAction } from "@millrace/contracts/schemas"
import type { Tone, WordKey, Words } from "@millrace/page-parts"
import { words } from "./words.ts"

/** How a status is to be taken. */
export const statusTones: Readonly<Record<CommandStatus, Tone>> = {
  unknown: "bad",
  failed: "bad",
  pending: "warning",
  refused: "plain"
}

const known = (key: string): key is WordKey => Object.hasOwn(words, key)

/** The text of a word for programs, where this page has one; else the word itself. */
const orPlain = (say: Words["say"], key: string, plain: string): string => (known(key) ? say(key) : plain)

/** Why a command waits or has ended. */
export const reasonText = ({ say }: Words, reason: string): string => orPlain(say, `outcome.${reason}`, reason)

/** A text as the beginning of a line. */
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** What a command does, from the word in a list. */
export const actionName = ({ say }: Words, action: string): string => orPlain(say, `act.${action}`, action)

/** What a command does, with its figures. */
export const actionText = (texts: Words, action: CommandAction): string => {
  const { say, format } = texts
  switch (action._tag) {
    case "reduce_position":
      return say("does.reduce_position", { percent: format.number(action.reducePercentage, 2) })
    case "add_margin":
    case "cash_in":
      return say(`does.${action._tag}`, { amount: format.sats(action.amountSats) })
    case "set_take_profit":
    case "set_stop_loss":
      return say(`does.${action._tag}`, { price: format.usd(action.priceUsd) })
    case "open_position":
      return say("does.open_position", {
        side: say(`side.${action.side}`),
        quantity: action.quantityUsd,
        leverage: format.number(action.leverage)
      })
    case "close_position":
      return say("act.close_position")
  }
}

/** What somebody can do at the exchange instead. */
export const byHandText = (texts: Words, action: CommandAction, positionId: string | undefined): string => {
  const { say, format } = texts
  const position = positionId ?? ""
  switch (action._tag) {
    case "close_position":
      return say("hand.close_position", { position })
    case "reduce_position":
      return say("hand.reduce_position", { position, percent: format.number(action.reducePercentage, 2) })
    case "add_margin":
    case "cash_in":
      return say(`hand.${action._tag}`, { position, amount: format.sats(action.amountSats) })
    case "set_take_profit":
    case "set_stop_loss":
      return say(`hand.${action._tag}`, { position, price: format.usd(action.priceUsd) })
    case "open_position":
      return say("hand.open_position", { side: say(`side.${action.side}`), quantity: action.quantityUsd })
  }
}
