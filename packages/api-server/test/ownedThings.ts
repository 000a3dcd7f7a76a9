/** What the first workspace of the isolation test owns, by the names of the paths' parameters. */
export const ownedThings: Readonly<Record<string, string>> = {
  userId: "user-canary-member",
  tokenId: "token-canary",
  accountId: "account-canary",
  ruleId: "rule-canary",
  commandId: "command-canary",
  topic: "margin-events",
  letterId: "0123456789abcdef",
  jobId: "triage-canary",
  scheduleId: "schedule-canary"
}

/** Names of things that all workspaces share: what is under them is another for each, and may be nothing. */
export const sharedNames: ReadonlySet<string> = new Set(["topic"])

/** A guard as its owner states it. */
export const statedGuard = (accountId: string, threshold = 0.9) => ({
  accountId,
  kind: "margin_guard",
  retryAfterMs: 60_000,
  metric: "margin_loss",
  threshold,
  action: "close_position"
})

/** A payload of each endpoint that takes one, right in itself and about what the first workspace owns. */
export const payloads: Readonly<Record<string, unknown>> = {
  "session.signIn": { email: "a@example.org", password: "a long password" },
  "session.useLink": { secret: "none", password: "a long password" },
  "session.chooseWorkspace": { workspaceId: "canary-workspace" },
  "session.changePassword": { current: "a long password", next: "another long password" },
  "users.add": { email: "new@example.org", name: "New", role: "viewer", granted: [] },
  "users.change": { role: "viewer", granted: [] },
  "workspaces.create": { workspaceId: "canary-workspace", name: "Taken" },
  "workspaces.rename": { name: "Renamed" },
  "trading.setSwitch": { scope: { of: "account", accountId: "account-canary" }, mode: "HALTED" },
  "trading.liftSwitch": { scope: { of: "rule", accountId: "account-canary", ruleId: "rule-canary" } },
  "accounts.create": { accountId: "account-canary", name: "Taken", network: "simulator" },
  "accounts.change": { name: "Renamed", version: 1 },
  "accounts.switch": { active: false },
  "accounts.arm": { armed: true, confirm: "account-canary" },
  "accounts.storeCredentials": { key: "right", secret: "s", passphrase: "p" },
  "rules.switch": { enabled: false },
  "rules.put": { rule: statedGuard("account-canary"), version: 1 },
  "commands.execute": {},
  "commands.cancel": {},
  "commands.settle": { verdict: "applied" },
  "controls.pause": { topic: "market-ticks" },
  "controls.resume": { topic: "market-ticks" },
  "deadLetters.preview": { selection: { all: true } },
  "deadLetters.replay": { selection: { all: true } },
  "deadLetters.purge": { selection: { all: true } },
  "deadLetters.check": { value: {} },
  "deadLetters.edit": { value: {}, reason: "none" },
  "compatibility.cleanQueue": { queueName: "webhook", grace: 0 },
  "compatibility.steerWorkers": { action: "retry-failed", queueName: "webhook" },
  "timers.cancel": { owner: "job-runner", timerId: "timer-canary", revision: 1 },
  "timers.put": {
    ...{ cron: "0 0 1 1 *", topic: "background-jobs", key: "k", workspaceId: "canary-workspace" },
    payload: {}
  },
  "tokens.create": { name: "ci", role: "viewer", granted: [] }
}
