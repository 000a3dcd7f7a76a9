import { Schema } from "effect"

/** An id in a scenario: letters, digits, `.`, `_`, `:` and `-`, at most 128. */
export const ScenarioId = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/u))
