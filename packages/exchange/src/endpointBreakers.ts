import type { Breakers, CallOutcome, Dependency, DependencyDown } from "@millrace/runtime"
import { Duration, Effect, Exit } from "effect"
import { ExchangeError } from "./Exchange.ts"
import type { ExchangeSettings } from "./ExchangeConfig.ts"

/** Endpoints that are down together: trading can be closed while lists are still answered. */
export type EndpointFamily = "orders" | "reads"

/** The breakers of one account's endpoints, or of the public ones. */
export interface EndpointBreakers {
  /** Fails while the family is down; takes no probe. */
  readonly check: (family: EndpointFamily, operation: string) => Effect.Effect<void, ExchangeError>
  /** Sends if the family is not down, and learns from what comes back. */
  readonly guard: <A>(
    family: EndpointFamily,
    operation: string,
    call: Effect.Effect<A, ExchangeError>
  ) => Effect.Effect<A, ExchangeError>
}

/** `name`: an account, or `public`. */
export const makeEndpointBreakers = (
  breakers: Breakers["Service"],
  settings: ExchangeSettings,
  name: string
): EndpointBreakers => {
  const dependencies: Readonly<Record<EndpointFamily, Dependency>> = {
    orders: dependency(settings, "orders", name),
    reads: dependency(settings, "reads", name)
  }
  return {
    check: (family, operation) => Effect.mapError(breakers.check(dependencies[family]), downTo(operation)),
    guard: (family, operation, call) =>
      breakers
        .guard(dependencies[family], call, { classify: outcomeOf })
        .pipe(Effect.catchTag("DependencyDown", (down) => Effect.fail(downTo(operation)(down))))
  }
}

const dependency = (settings: ExchangeSettings, family: EndpointFamily, name: string): Dependency => {
  const [open, openMax] =
    family === "orders"
      ? [settings.breakerOrderOpen, settings.breakerOrderOpenMax]
      : [settings.breakerReadOpen, settings.breakerReadOpenMax]
  return {
    kind: `exchange ${family}`,
    name,
    policy: {
      failureRate: settings.breakerFailureRate,
      windowCalls: settings.breakerWindow,
      minimumCalls: settings.breakerMinimumCalls,
      probes: settings.breakerProbes,
      openMs: Duration.toMillis(open),
      openMaxMs: Duration.toMillis(openMax)
    }
  }
}

/**
 * Only silence, a refused connection and 5xx speak against the exchange. A refusal is an answer, and so speaks for it; a
 * 429 has its own remedy, the account's budget.
 */
const outcomeOf = (exit: Exit.Exit<unknown, ExchangeError>): CallOutcome => {
  if (Exit.isSuccess(exit)) return "succeeded"
  const [reason] = exit.cause.reasons
  if (reason?._tag !== "Fail") return "ignored"
  switch (reason.error.reason) {
    case "connectFailed":
    case "replyLost":
    case "unavailable":
      return "failed"
    case "unauthorized":
    case "forbidden":
    case "notFound":
    case "badRequest":
      return "succeeded"
    default:
      return "ignored"
  }
}

const downTo =
  (operation: string) =>
  (down: DependencyDown): ExchangeError =>
    new ExchangeError({
      operation,
      reason: "dependencyDown",
      applied: "no",
      detail: `${down.dependency} are down, nothing was sent`,
      retryAfterMs: down.retryAfterMs
    })
