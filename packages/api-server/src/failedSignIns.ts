import { Effect, Metric } from "effect"

/** Why somebody was not signed in. */
export type SignInFailure = "password" | "link" | "token" | "too_many"

const failedTotal = Metric.counter("millrace_control_api_failed_sign_ins_total", {
  description: "Sign-ins that failed, by what was wrong",
  incremental: true
})

/**
 * Counts a sign-in that failed, and logs wrong passwords and links: these are limited for each address. Who tried, and from where, is
 * personal data and told nowhere; tokens and attempts beyond the limit are counted only, as a flood of them must not flood the log.
 */
export const signInFailed = (reason: SignInFailure): Effect.Effect<void> =>
  Effect.andThen(
    Metric.update(Metric.withAttributes(failedTotal, { reason }), 1),
    reason === "password" || reason === "link" ? Effect.logWarning("A sign-in failed", { reason }) : Effect.void
  )
