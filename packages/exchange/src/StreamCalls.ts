import { LnMarketsStream } from "@millrace/contracts"
import { Effect, Result, Schema } from "effect"

/** A call on the stream was refused, or not answered. */
export interface StreamCallFailed {
  readonly _tag: "StreamCallFailed"
  readonly method: string
  /** The exchange's error; `undefined` when no answer came. */
  readonly error: LnMarketsStream.RpcError | undefined
  readonly detail: string
}

/** JSON-RPC calls over one connection, matched to their answers by id. */
export interface StreamCalls {
  readonly call: <A>(
    method: string,
    params: unknown,
    result: Schema.Codec<A, unknown>
  ) => Effect.Effect<A, StreamCallFailed>
  /** Takes a message; `false` when it is no answer. */
  readonly accept: (message: unknown) => boolean
  /** The connection ended: every open call fails. */
  readonly abandon: (detail: string) => void
}

type Settle = (result: Effect.Effect<unknown, StreamCallFailed>) => void

const decodeAnswer = Schema.decodeUnknownResult(LnMarketsStream.Answer)

export const makeStreamCalls = (send: (text: string) => void, timeoutMs: number): StreamCalls => {
  const open = new Map<string, { readonly method: string; readonly settle: Settle }>()
  let lastId = 0

  const ask = (method: string, params: unknown): Effect.Effect<unknown, StreamCallFailed> =>
    Effect.callback<unknown, StreamCallFailed>((resume) => {
      lastId += 1
      // The exchange's own client only knows text ids.
      const id = String(lastId)
      open.set(id, { method, settle: resume })
      send(JSON.stringify({ jsonrpc: "2.0", id, method, ...(params === undefined ? {} : { params }) }))
      return Effect.sync(() => {
        open.delete(id)
      })
    }).pipe(
      Effect.timeoutOrElse({
        duration: timeoutMs,
        orElse: () => Effect.fail(failed(method, undefined, `no answer within ${timeoutMs} ms`))
      })
    )

  return {
    call: (method, params, result) => {
      const decode = Schema.decodeUnknownResult(result)
      return Effect.flatMap(ask(method, params), (answer) => {
        const decoded = decode(answer)
        return Result.isSuccess(decoded)
          ? Effect.succeed(decoded.success)
          : Effect.fail(failed(method, undefined, `the answer does not fit its schema: ${decoded.failure.message}`))
      })
    },
    accept: (message) => {
      const decoded = decodeAnswer(message)
      if (Result.isFailure(decoded)) return false
      const { error, id, result } = decoded.success
      const waiting = id === null ? undefined : open.get(id)
      if (id === null || waiting === undefined) return true
      open.delete(id)
      waiting.settle(
        error === undefined ? Effect.succeed(result) : Effect.fail(failed(waiting.method, error, error.message))
      )
      return true
    },
    abandon: (detail) => {
      for (const { method, settle } of open.values()) settle(Effect.fail(failed(method, undefined, detail)))
      open.clear()
    }
  }
}

const failed = (method: string, error: LnMarketsStream.RpcError | undefined, detail: string): StreamCallFailed => ({
  _tag: "StreamCallFailed",
  method,
  error,
  detail: detail.slice(0, 300)
})
