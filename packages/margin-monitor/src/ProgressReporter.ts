// Foreign boundary: callbacks of the WebSocket client.
import { EvaluationProgress } from "@millrace/contracts"
import { Context, Effect, Layer, Schema } from "effect"
import { WebSocket } from "ws"

/**
 * Tells the simulator's control port what was evaluated, so that its feed can run in lockstep with the monitor.
 *
 * Only the newest progress counts: it is sent as soon as it is known, and again after each reconnection.
 */
export class ProgressReporter extends Context.Service<
  ProgressReporter,
  {
    /** Plain and immediate. */
    readonly report: (progress: EvaluationProgress) => void
  }
>()("@millrace/margin-monitor/ProgressReporter") {
  static readonly layerNone = Layer.succeed(ProgressReporter, { report: () => undefined })

  static readonly layerTo = (url: string) =>
    Layer.effect(
      ProgressReporter,
      Effect.gen(function* () {
        const line: Line = { newest: undefined, sent: undefined, socket: undefined }
        yield* connection(url, line).pipe(Effect.andThen(Effect.sleep("200 millis")), Effect.forever, Effect.forkScoped)
        return ProgressReporter.of({
          report: (progress) => {
            line.newest = encode(progress)
            push(line)
          }
        })
      })
    )
}

interface Line {
  newest: string | undefined
  sent: string | undefined
  /** The open socket. */
  socket: WebSocket | undefined
}

const encode = Schema.encodeSync(Schema.fromJsonString(EvaluationProgress))

const push = (line: Line): void => {
  if (line.socket === undefined || line.newest === undefined || line.newest === line.sent) return
  line.sent = line.newest
  line.socket.send(line.newest)
}

/** One connection, from the first try until it is closed; never fails. */
const connection = (url: string, line: Line): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const socket = new WebSocket(url)
    socket.on("open", () => {
      line.socket = socket
      line.sent = undefined
      push(line)
    })
    socket.on("error", () => undefined)
    socket.on("close", () => {
      line.socket = undefined
      resume(Effect.void)
    })
    return Effect.sync(() => {
      line.socket = undefined
      socket.terminate()
    })
  })
