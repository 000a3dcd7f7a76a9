import type { ExchangeAlerts } from "../src/ExchangeAlerts.ts"

/** Alerts that a test reads: each as `<account or position> <cause> <level, or over>`. */
export const memoryAlerts = () => {
  const open = new Set<string>()
  const lines: Array<string> = []
  const bodies: Array<string> = []
  const subjectOf = (of: Parameters<ExchangeAlerts["clear"]>[0]) => of.positionId ?? of.account.accountId
  const keyOf = (of: Parameters<ExchangeAlerts["clear"]>[0]) => `${of.account.accountId} ${subjectOf(of)} ${of.cause}`
  const alerts: ExchangeAlerts = {
    notice: (alert) => {
      lines.push(`${subjectOf(alert)} ${alert.cause} ${alert.level}`)
      bodies.push(alert.body)
    },
    raise: (alert) => {
      if (open.has(keyOf(alert))) return
      open.add(keyOf(alert))
      alerts.notice(alert)
    },
    clear: (of) => {
      if (open.delete(keyOf(of))) lines.push(`${subjectOf(of)} ${of.cause} over`)
    },
    forget: (accountId) => {
      for (const key of open) if (key.startsWith(`${accountId} `)) open.delete(key)
    }
  }
  return {
    alerts,
    /** What was told since it was asked last. */
    told: () => lines.splice(0),
    bodies: () => bodies.splice(0)
  }
}
