import type { Account, TradingMode } from "@millrace/contracts/schemas"
import { StateMark, useWords } from "@millrace/page-parts"

const tones = { ACTIVE: "good", REDUCE_ONLY: "warning", HALTED: "bad" } as const

/** Whether an account acts, and which switch holds it. */
export const ModeMark = ({ account, mode }: { readonly account: Account; readonly mode: TradingMode }) => {
  const { say } = useWords()
  if (!account.active) return <StateMark tone="plain" text={say("account.inactive")} />
  if (mode !== "ACTIVE") return <StateMark tone={tones[mode]} text={say(`mode.${mode}`)} />
  return (
    <StateMark
      tone={account.dryRun === true ? "warning" : "good"}
      text={say(account.dryRun === true ? "account.dryRun" : "account.active")}
    />
  )
}
