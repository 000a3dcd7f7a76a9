// Foreign boundary: HTTP to the sink.
import { Effect } from "effect"
import { type AppliedEffect, type EffectRequest, replyTimeoutMs } from "./SinkMode.ts"

/** What is known after a request. `unknown`: it may have been applied, or may yet be. */
export type SinkReply =
  | { readonly _tag: "Applied"; readonly effectId: string }
  | { readonly _tag: "Stale" }
  | { readonly _tag: "Limited"; readonly retryAfterMs: number }
  | { readonly _tag: "Away"; readonly why: string }
  | { readonly _tag: "Unknown"; readonly why: string }

const reasonOf = (error: unknown): string =>
  error instanceof Error ? String((error.cause as { code?: unknown } | undefined)?.code ?? error.message) : "unknown"

/** Sends a request once. Only a refused connection proves that nothing was sent. */
export const sendEffect = (url: string, request: EffectRequest): Effect.Effect<SinkReply> =>
  Effect.promise(async (): Promise<SinkReply> => {
    try {
      const response = await fetch(`${url}/effects`, {
        method: "POST",
        body: JSON.stringify(request),
        signal: AbortSignal.timeout(replyTimeoutMs)
      })
      const body = (await response.json()) as { readonly effectId?: string }
      if (response.status === 200) return { _tag: "Applied", effectId: body.effectId ?? "" }
      if (response.status === 409) return { _tag: "Stale" }
      if (response.status === 503) return { _tag: "Away", why: "503" }
      if (response.status !== 429) return { _tag: "Unknown", why: `status ${response.status}` }
      return { _tag: "Limited", retryAfterMs: 1_000 * Number(response.headers.get("retry-after") ?? "1") }
    } catch (error) {
      const why = reasonOf(error)
      return why === "ECONNREFUSED" ? { _tag: "Away", why } : { _tag: "Unknown", why }
    }
  })

/** Reads an effect back: the effect, `null` when the sink has none, `undefined` when it does not answer. */
export const findEffect = (url: string, id: string): Effect.Effect<AppliedEffect | null | undefined> =>
  Effect.promise(async () => {
    try {
      const response = await fetch(`${url}/effects/${id}`, { signal: AbortSignal.timeout(replyTimeoutMs) })
      const body = (await response.json()) as AppliedEffect
      return response.status === 200 ? body : response.status === 404 ? null : undefined
    } catch {
      return undefined
    }
  })
