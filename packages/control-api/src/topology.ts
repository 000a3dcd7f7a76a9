import { Layer } from "effect"
import { runOutboxRelay } from "./OutboxRelay.ts"

/**
 * Reads: the outbox in PostgreSQL (accounts and rules, written by their transactions).
 * Writes: account-state (compacted, keyed `<kind>/<account>/<id>`) and account-history (keyed by
 * account), audit-log (keyed by workspace).
 */
export const layer = Layer.effectDiscard(runOutboxRelay)
