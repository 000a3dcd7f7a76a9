import type { AlertRule, AlertRules } from "./AlertRule.ts"

/** The rules without a file of one's own; `docs/alerts.md` says of each what it means and what to do. */
export const defaultRules: AlertRules = new Map<string, AlertRule>([
  [
    "kafka-down",
    {
      _tag: "kafka_down",
      severity: "critical",
      forSeconds: 10,
      keepSeconds: 15,
      title: "Kafka does not answer: no prices, decisions or switches reach the workers",
      whatToDo:
        "Nothing protects until it is back: close positions or add margin by hand at the exchange where it matters. Then look at the brokers."
    }
  ],
  [
    "unguarded",
    {
      _tag: "unguarded",
      severity: "critical",
      forSeconds: 0,
      keepSeconds: 5,
      title: "Guarded positions are not evaluated: no rule acts for them",
      whatToDo:
        "Look at market-data (are there ticks?) and margin-monitor (is it live, does it lag?). Until then act by hand."
    }
  ],
  [
    "unknown-intent",
    {
      _tag: "unknown_intent",
      severity: "critical",
      forSeconds: 0,
      keepSeconds: 0,
      title: "Nobody knows whether the exchange carried out an order; its position is blocked until somebody says so",
      whatToDo:
        "Look at the exchange, then: millrace commands settle ID applied|not-applied. millrace commands list shows them."
    }
  ],
  [
    "stale-market-data",
    {
      _tag: "stale_market_data",
      severity: "critical",
      forSeconds: 0,
      keepSeconds: 5,
      ageSeconds: 15,
      title: "No price comes: no rule is evaluated",
      whatToDo: "Look at market-data's /ready and log, and at the exchange's status page. Until then act by hand."
    }
  ],
  [
    "inactive-worker",
    {
      _tag: "inactive_worker",
      severity: "critical",
      forSeconds: 10,
      keepSeconds: 5,
      workers: ["market-data", "margin-monitor", "automation-executor", "scheduler", "control-api"],
      title: "A worker is not active",
      whatToDo:
        "Start it again, or look at its log for why it ended or stands still; others of its group go on with its partitions."
    }
  ],
  [
    "not-ready",
    {
      _tag: "not_ready",
      severity: "warning",
      forSeconds: 60,
      keepSeconds: 10,
      title: "A process is not ready",
      whatToDo: "Its /ready says what it waits for; most often a dependency that is down."
    }
  ],
  ["backlog-critical", backlog("critical", 1_000, 10, 15)],
  ["backlog", backlog("warning", 10_000, 300, 60)],
  [
    "failure-rate",
    {
      _tag: "failure_rate",
      severity: "warning",
      forSeconds: 30,
      keepSeconds: 60,
      share: 0.1,
      attempts: 20,
      title: "Too many attempts fail",
      whatToDo:
        "millrace dlq list shows the errors by fingerprint; the service's log has each one. Mend the cause, then replay."
    }
  ],
  ["slow-processing-critical", slow("critical", 2, ["critical"])],
  ["slow-processing", slow("warning", 10, ["high", "normal", "low"])],
  [
    "dead-letters",
    {
      _tag: "dead_letters",
      severity: "warning",
      forSeconds: 0,
      keepSeconds: 0,
      open: 1,
      title: "Dead letters wait for somebody",
      whatToDo: "millrace dlq list, then replay, edit or purge them."
    }
  ],
  [
    "breaker-open",
    {
      _tag: "breaker_open",
      severity: "warning",
      forSeconds: 15,
      keepSeconds: 30,
      title: "A breaker is open: calls to a dependency fail, and records that need it wait",
      whatToDo: "Look at the dependency. The breaker lets a probe through by itself and closes when it succeeds."
    }
  ],
  [
    "channel-failing",
    {
      _tag: "channel_failing",
      severity: "warning",
      forSeconds: 0,
      keepSeconds: 30,
      ageSeconds: 300,
      title: "A channel to operators does not take messages",
      whatToDo:
        "millrace alerts list says why, millrace alerts test tries each channel. Correct its address or credentials."
    }
  ]
])

function backlog(
  severity: AlertRule["severity"],
  lagRecords: number,
  ageSeconds: number,
  forSeconds: number
): AlertRule {
  return {
    _tag: "backlog",
    severity,
    forSeconds,
    keepSeconds: 30,
    lanes: severity === "critical" ? ["critical"] : ["high", "normal", "low"],
    lagRecords,
    ageSeconds,
    title: severity === "critical" ? "What protects positions waits in a queue" : "Records wait in a queue",
    whatToDo:
      "millrace lag; is the worker active and not paused, does a dependency hold it? Start more instances, up to one for each partition."
  }
}

function slow(
  severity: AlertRule["severity"],
  seconds: number,
  lanes: ReadonlyArray<"critical" | "high" | "normal" | "low">
): AlertRule {
  return {
    _tag: "slow_processing",
    severity,
    forSeconds: 30,
    keepSeconds: 60,
    lanes,
    seconds,
    attempts: 5,
    title: "Handlers are slow",
    whatToDo: "Look at the dependency that they call, and at the processors and memory of the worker."
  }
}
