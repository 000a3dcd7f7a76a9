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
    /**
     * Something changed. Plain and immediate; `progress` is read once for all changes of one turn of the event loop, and
     * only while somebody listens.
     */
    readonly report: (progress: () => EvaluationProgress) => void
  }
>()("@millrace/margin-monitor/ProgressReporter") {
  static readonly layerNone = Layer.succeed(ProgressReporter, { report: () => undefined })

  static readonly layerTo = (url: string) =>
    Layer.effect(
      ProgressReporter,
      Effect.gen(function* () {
        const line: Line = { progress: undefined, planned: false, sent: undefined, socket: undefined }
        yield* connection(url, line).pipe(Effect.andThen(Effect.sleep("200 millis")), Effect.forever, Effect.forkScoped)
        return ProgressReporter.of({
          report: (progress) => {
            line.progress = progress
            plan(line)
          }
        })
      })
    )
}

interface Line {
  progress: (() => EvaluationProgress) | undefined
  /** A push follows in this turn of the event loop. */
  planned: boolean
  sent: string | undefined
  /** The open socket. */
  socket: WebSocket | undefined
}

const encode = Schema.encodeSync(Schema.fromJsonString(EvaluationProgress))

const plan = (line: Line): void => {
  if (line.planned || line.socket === undefined) return
  line.planned = true
  queueMicrotask(() => {
    line.planned = false
    push(line)
  })
}

const push = (line: Line): void => {
  if (line.socket === undefined || line.progress === undefined) return
  const text = encode(line.progress())
  if (text === line.sent) return
  line.sent = text
  line.socket.send(text)
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
