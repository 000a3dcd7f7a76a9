import { type ConditionInfo, Conflict, type ExplanationInfo, type RuleExplanationInfo } from "@millrace/api"
import type { Attempt, ConditionFigures, Explanation, RuleExplanation } from "@millrace/history"
import { Effect } from "effect"

/** An explanation of a rule as it is shown. */
export const ruleExplanationInfo = ({ account, explanations, rule }: RuleExplanation): RuleExplanationInfo => ({
  rule,
  ...(account === undefined ? {} : { accountName: account.name }),
  dryRun: rule.dryRun || account?.dryRun === true,
  explanations: explanations.map(explanationInfo)
})

const explanationInfo = ({
  attempts,
  condition,
  episode,
  figures,
  finding,
  position,
  tick
}: Explanation): ExplanationInfo => ({
  ...(position === undefined ? {} : { positionId: position.positionId, position }),
  reason: finding.reason,
  ...(finding.untilMs === undefined ? {} : { untilMs: finding.untilMs }),
  ...(finding.by === undefined ? {} : { switch: finding.by }),
  recorded: finding.decision !== undefined,
  priceUsd: tick.value.priceUsd,
  marketTimeMs: tick.value.marketTimeMs,
  recordedAtMs: tick.timestampMs,
  condition: conditionInfo(condition),
  ...(figures === undefined ? {} : { figures }),
  episode: episode.map(({ value }) => value),
  attempts: attempts.map(attemptInfo)
})

const conditionInfo = ({
  awayUsd,
  direction: _,
  limit,
  triggerPriceUsd,
  ...rest
}: ConditionFigures): ConditionInfo => ({
  ...rest,
  ...(limit === undefined ? {} : { limit }),
  ...(triggerPriceUsd === undefined ? {} : { triggerPriceUsd }),
  ...(awayUsd === undefined ? {} : { awayUsd })
})

const attemptInfo = ({ command, commandId, marketTimeMs, outcomes, priceUsd }: Attempt) => {
  const action = command?.action ?? outcomes[0]?.action
  const attempt = command?.attempt ?? outcomes[0]?.attempt
  return {
    commandId,
    marketTimeMs,
    priceUsd,
    ...(action === undefined ? {} : { action }),
    ...(attempt === undefined ? {} : { attempt }),
    outcomes: outcomes.map(({ reason, recordedAtMs, status }) => ({ status, reason, atMs: recordedAtMs }))
  }
}

/** There was nothing to explain: no tick, rule or position of the time. */
export const nothingThere = (ruleId: string, { message }: { readonly message: string }) =>
  Effect.fail(
    new Conflict({
      where: `rule ${ruleId}`,
      found: message,
      expected: "a time at which it was watched",
      whatToDo: "Ask for another time or position."
    })
  )
