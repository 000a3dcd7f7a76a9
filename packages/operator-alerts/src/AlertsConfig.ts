import { Config, Duration } from "effect"

/** Settings of the alerts to operators. */
export const AlertsConfig = Config.all({
  /** Mail server: `smtp://user:password@host:587`, or `smtps://…:465`. Absent: no mail. */
  smtpUrl: Config.Redacted("ALERT_SMTP_URL").pipe(Config.option),
  /** `required`: mail goes only to a server with TLS that can be trusted. `opportunistic`: also without. */
  smtpTls: Config.Literals(["required", "opportunistic"], "ALERT_SMTP_TLS").pipe(
    Config.withDefault("required" as const)
  ),
  /** Sender's address; required with ALERT_SMTP_URL. */
  emailFrom: Config.NonEmptyString("ALERT_EMAIL_FROM").pipe(Config.option),
  /** Recipients' addresses, by commas; required with ALERT_SMTP_URL. */
  emailTo: Config.String("ALERT_EMAIL_TO").pipe(Config.withDefault("")),
  /** Slack incoming webhook. Absent: no Slack. */
  slackUrl: Config.Redacted("ALERT_SLACK_URL").pipe(Config.option),
  /** Discord webhook. Absent: no Discord. */
  discordUrl: Config.Redacted("ALERT_DISCORD_URL").pipe(Config.option),
  /** Webhook that takes every message as JSON, signed as Standard Webhooks say. Absent: none. */
  webhookUrl: Config.Redacted("ALERT_WEBHOOK_URL").pipe(Config.option),
  /** Key of these signatures, base64, with or without `whsec_`; required with ALERT_WEBHOOK_URL. */
  webhookSecret: Config.Redacted("ALERT_WEBHOOK_SECRET").pipe(Config.option),
  /** YAML file that changes rules and their thresholds (docs/alerts.md). Absent: the built-in ones. */
  rulesFile: Config.String("ALERT_RULES").pipe(Config.option),
  /** Time between two looks at everything that rules are judged on. */
  interval: Config.Duration("ALERT_INTERVAL").pipe(Config.withDefault(Duration.seconds(2))),
  /** From the first change of a group to its message: what begins together is told together. */
  groupWait: Config.Duration("ALERT_GROUP_WAIT").pipe(Config.withDefault(Duration.seconds(5))),
  /** Least time between two messages of a group (one rule, one workspace). */
  groupInterval: Config.Duration("ALERT_GROUP_INTERVAL").pipe(Config.withDefault(Duration.minutes(1))),
  /** What still lasts is told again after this time. */
  repeat: Config.Duration("ALERT_REPEAT").pipe(Config.withDefault(Duration.hours(4))),
  /** A message that a channel did not take within this time is given up. */
  giveUpAfter: Config.Duration("ALERT_GIVE_UP_AFTER").pipe(Config.withDefault(Duration.hours(24)))
})
export type AlertsSettings = Config.Success<typeof AlertsConfig>
