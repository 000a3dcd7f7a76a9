/** Accounts and rules on PostgreSQL in a schema of their own. */
import { randomBytes } from "node:crypto"
import {
  type AccountChanges,
  AccountStore,
  Credentials,
  Outbox,
  type OutboxEntry,
  type RuleInput,
  Secrets
} from "@millrace/store"
import { Effect, Layer, Redacted } from "effect"
import { layerOwnSchema } from "./database.ts"

export const newKey = () => Redacted.make(randomBytes(32).toString("base64"))

export const masterKey = newKey()

export const secrets = Layer.effect(Secrets, Secrets.make(masterKey))

export const stores = Layer.mergeAll(Credentials.layerPg, AccountStore.layerPg).pipe(
  Layer.provideMerge(Outbox.layerPg),
  Layer.provideMerge(secrets),
  Layer.provideMerge(layerOwnSchema)
)

export const accountInput = (accountId: string, workspaceId: string) => ({
  accountId,
  workspaceId,
  userId: `user-${accountId}`,
  name: accountId,
  active: true,
  network: "simulator" as const,
  warningThreshold: 0.8,
  criticalThreshold: 0.9,
  hysteresis: 0.02
})

export const ruleInput = (
  accountId: string,
  changes: Partial<Extract<RuleInput, { readonly kind: "margin_guard" }>> = {}
): RuleInput => ({
  ruleId: `rule-${accountId}`,
  accountId,
  kind: "margin_guard",
  enabled: true,
  dryRun: false,
  metric: "margin_loss",
  threshold: 0.8,
  action: "close_position",
  retryAfterMs: 60_000,
  ...changes
})

export const runOf = (workspaceId: string, count: number): AccountChanges => {
  const ids = Array.from({ length: count }, (_, index) => `${workspaceId}.${index}`)
  return {
    accounts: ids.map((id) => accountInput(id, workspaceId)),
    credentials: ids.map((accountId) => ({
      accountId,
      credentials: Redacted.make({ key: `key-${accountId}`, secret: `secret-${accountId}`, passphrase: "p" })
    })),
    rules: ids.map((id) => ruleInput(id))
  }
}

export const drain = Effect.gen(function* () {
  const outbox = yield* Outbox
  const all: Array<OutboxEntry> = []
  while ((yield* outbox.relay(500, (entries) => Effect.sync(() => all.push(...entries)))) > 0) {}
  return all
})
