import type { Rule } from "@millrace/contracts/schemas"
import type { Words } from "@millrace/page-parts"

/** What a rule does, and when. */
export const ruleText = ({ say, format }: Words, rule: Rule): string => {
  switch (rule.kind) {
    case "margin_guard":
      return say("rule.guard", {
        action: say(`act.${rule.action}`),
        metric: say(`metric.${rule.metric}`),
        threshold: format.percent(rule.threshold)
      })
    case "tp_sl":
      return say("rule.return", {
        action: say(`act.${rule.action}`),
        percent: format.number(rule.triggerPnlPercentage, 2)
      })
    case "auto_entry": {
      const values = { side: say(`side.${rule.side}`), quantity: rule.quantityUsd }
      return rule.triggerPriceUsd === undefined
        ? say("rule.entryNow", values)
        : say("rule.entry", { ...values, price: format.usd(rule.triggerPriceUsd) })
    }
  }
}
