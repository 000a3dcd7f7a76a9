import { Config, Duration } from "effect"

/** How the operator is told past Kafka. */
export const OperatorConfig = Config.all({
  /** Where the operator is told directly when Kafka or PostgreSQL is down: a POST signed as Standard Webhooks say. Absent: nowhere. */
  alertUrl: Config.URL("ALERT_URL").pipe(Config.option),
  /** Key of these signatures, base64, with or without `whsec_`; required with ALERT_URL. */
  alertSecret: Config.Redacted("ALERT_SECRET").pipe(Config.option),
  /** How long something must be down before the operator is told; finding out takes up to 3 s more. */
  alertAfter: Config.Duration("ALERT_AFTER").pipe(Config.withDefault(Duration.seconds(4))),
  /** Wait before a message to the operator that did not arrive is sent again. */
  alertRetry: Config.Duration("ALERT_RETRY").pipe(Config.withDefault(Duration.seconds(2)))
})
export type OperatorConfig = Config.Success<typeof OperatorConfig>
