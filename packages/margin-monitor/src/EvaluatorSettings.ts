/** What an evaluator is told at its start. */
export interface EvaluatorSettings {
  /** Market time after which a missing outcome or effect is alarmed, in milliseconds. */
  readonly overdueAfterMs: number
  /** Age since receipt up to which a price is fresh for rules that name none, in milliseconds. */
  readonly freshForMs: number
}
