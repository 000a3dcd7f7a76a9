import type { Attempt, Explanation, RecordedOutcome, RuleExplanation } from "@millrace/history"
import { reasonScope } from "@millrace/history"
import {
  actionText,
  conditionLines,
  findingText,
  numberText,
  positionText,
  ruleText,
  timeText,
  usd
} from "./explanationWords.ts"

/** Returns explanations as lines for people. */
export const explanationLines = ({ account, explanations, rule }: RuleExplanation): ReadonlyArray<string> => {
  const name = account === undefined ? rule.accountId : `${account.name} (${rule.accountId})`
  const head = `${rule.ruleId}, version ${rule.version}, account ${name}${rule.dryRun || account?.dryRun === true ? ", dry run" : ""}`
  return [
    head,
    `  ${ruleText(rule)}`,
    ...(explanations.length === 0
      ? ["  The account had no open position that the rule watches, so there was nothing to decide."]
      : [`  ${tickLine(explanations[0]!)}`]),
    ...explanations.flatMap(linesOf)
  ]
}

const tickLine = ({ tick }: Explanation): string => {
  const { marketTimeMs, priceUsd, source } = tick.value
  return `tick of ${timeText(marketTimeMs)} market time (${timeText(tick.timestampMs)} wall time): ${usd(priceUsd)}, ${source}`
}

const linesOf = (explanation: Explanation): ReadonlyArray<string> => {
  const { attempts, condition, episode, figures, finding, position, tick } = explanation
  const { decision } = finding
  return [
    "",
    ...(position === undefined ? [] : [positionText(position)]),
    findingText(finding, condition),
    ...conditionLines(condition, tick.value.priceUsd).map((line) => `  ${line}`),
    ...(figures === undefined
      ? []
      : [
          `  margin_loss ${numberText(figures.marginLoss, 4)}, exchange_margin_ratio ${numberText(figures.exchangeMarginRatio, 4)}, ` +
            `distance_to_liquidation ${numberText(figures.distanceToLiquidation, 4)}, P&L ${numberText(figures.pnlSats)} sats`
        ]),
    decision === undefined
      ? "  derived from the tick and from what was in force"
      : `  recorded as decision ${decision.value.decisionId} with the tick of ${timeText(decision.value.marketTimeMs)}`,
    ...(episode.length > 1
      ? [`  episode: ${episode.map(({ value }) => `${value.reason} ${timeText(value.marketTimeMs)}`).join(" → ")}`]
      : []),
    ...(attempts.length > 0 && decision === undefined ? ["  what it did last before:"] : []),
    ...attempts.flatMap(attemptLines)
  ]
}

const attemptLines = ({ command, commandId, marketTimeMs, outcomes, priceUsd }: Attempt): ReadonlyArray<string> => {
  const action = command?.action ?? outcomes[0]?.action
  const attempt = command?.attempt ?? outcomes[0]?.attempt
  const what = action === undefined ? "its record is no longer kept" : actionText(action)
  return [
    `  attempt ${attempt ?? "?"}: ${what}, decided at ${usd(priceUsd)}, ${timeText(marketTimeMs)}, command ${commandId}`,
    ...(outcomes.length === 0
      ? ["    no outcome is recorded"]
      : outcomes.map((outcome) => `    ${outcomeLine(outcome)}`))
  ]
}

/** The outcome, and what the exchange did. */
const outcomeLine = (outcome: RecordedOutcome): string => {
  const { addedMarginSats, after, effectId, finishedAtMs, parts, pnlSats, reason, reducedQuantityUsd, status } = outcome
  const facts = [
    ...(effectId === undefined ? [] : [`effect ${effectId}`]),
    ...(addedMarginSats === undefined ? [] : [`${numberText(addedMarginSats)} sats of margin added`]),
    ...(reducedQuantityUsd === undefined ? [] : [`${numberText(reducedQuantityUsd)} USD taken off`]),
    ...(parts ?? []).map((part) => `${part.positionId} ${part.status} (${part.reason})`),
    ...(after === undefined
      ? []
      : [after.open ? `margin then ${numberText(after.marginSats)} sats` : "position closed"]),
    ...(after?.exitPriceUsd === undefined ? [] : [`at ${usd(after.exitPriceUsd)}`]),
    ...(pnlSats === undefined ? [] : [`P&L ${numberText(pnlSats)} sats`])
  ]
  return `${status} (${reason}) at ${timeText(finishedAtMs)}${facts.length === 0 ? "" : `: ${facts.join(", ")}`}`
}

/** Returns explanations as they are shown to programs; times are ISO. */
export const explanationJson = ({ account, explanations, rule }: RuleExplanation) => ({
  rule,
  account: account ?? null,
  explanations: explanations.map(({ attempts, condition, episode, figures, finding, position, tick }) => ({
    position: position ?? null,
    tick: { ...tick.value, marketTime: timeText(tick.value.marketTimeMs), recordedAt: timeText(tick.timestampMs) },
    reason: finding.reason,
    scope: reasonScope[finding.reason],
    acted: finding.reason === "fired",
    until: finding.untilMs === undefined ? null : timeText(finding.untilMs),
    decision: finding.decision?.value ?? null,
    switch: finding.by ?? null,
    condition,
    figures: figures ?? null,
    episode: episode.map(({ timestampMs, value }) => ({ ...value, recordedAt: timeText(timestampMs) })),
    attempts: attempts.map((attempt) => ({ ...attempt, command: attempt.command ?? null }))
  }))
})
