import type { TradingMode, TradingScope, TradingSwitch } from "@millrace/contracts"
import { Clock, Context, Duration, Effect, Layer } from "effect"
import { RuntimeConfig } from "./RuntimeConfig.ts"
import { TradingBoard } from "./TradingBoard.ts"

/** What the controls say about a rule of an account (or about the account alone). */
export interface TradingVerdict {
  /** The strictest mode of the switches that cover it; as last known while the controls can't be read; HALTED before they were read. */
  readonly mode: TradingMode
  /** The switch that says so; absent while ACTIVE, and before the controls were read. */
  readonly by: TradingSwitch | undefined
  /**
   * False: no heartbeat for `RUNTIME_CONTROLS_STALE_AFTER`, or heartbeats again for less than `RUNTIME_SESSION_TIMEOUT`;
   * then nothing is opened, protection follows `mode`.
   */
  readonly readable: boolean
}

/**
 * Where `runWorker` brings what it reads from the topic `controls`, with all that was read of it. One for each process,
 * with its `TradingControls`.
 */
export class TradingFeed extends Context.Service<
  TradingFeed,
  Pick<TradingBoard, "change" | "read" | "look" | "heartbeat" | "heldSwitches">
>()("@millrace/runtime/TradingFeed") {}

/** The kill switches as this process knows them; plain and immediate, asked right before every send. */
export class TradingControls extends Context.Service<
  TradingControls,
  {
    readonly verdict: (scope: TradingScope) => TradingVerdict
    /** Whether an operator withdrew the command. */
    readonly isCanceled: (commandId: string) => boolean
    /** Called after a switch or the readability changed, with what it covers (empty: everything). */
    readonly onChange: (listener: (scope: TradingScope) => void) => void
  }
>()("@millrace/runtime/TradingControls") {
  /**
   * The switches of the topic `controls`, filled by every worker that runs where this layer is provided; `runService`
   * provides it once per process. A worker takes no record before its controls were read.
   */
  static readonly layer = Layer.effectContext(
    Effect.gen(function* () {
      const { controlsStaleAfter, sessionTimeout } = yield* RuntimeConfig
      const clock = yield* Clock.Clock
      const board = new TradingBoard({
        staleAfterMs: Duration.toMillis(controlsStaleAfter),
        settleMs: Duration.toMillis(sessionTimeout),
        nowMs: () => clock.currentTimeMillisUnsafe()
      })
      return Context.mergeAll(Context.make(TradingFeed, board), Context.make(TradingControls, board))
    })
  )

  /** Always ACTIVE and readable: for tests of other things. */
  static readonly layerActive = Layer.succeed(TradingControls, {
    verdict: () => ({ mode: "ACTIVE", by: undefined, readable: true }),
    isCanceled: () => false,
    onChange: () => {}
  })
}
