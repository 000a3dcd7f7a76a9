// Foreign boundary: reads server-sent events from fetch's body.
import { Effect } from "effect"
import { ApiWorld } from "./apiWorld.ts"

/** Reads the stream of events as a browser does. */
export class EventReader {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>
  private readonly abort: AbortController
  private text = ""

  private constructor(body: ReadableStream<Uint8Array>, abort: AbortController) {
    this.reader = body.getReader()
    this.abort = abort
  }

  static readonly open = (token: string) =>
    Effect.flatMap(ApiWorld, ({ url }) =>
      Effect.promise(async () => {
        const abort = new AbortController()
        const response = await fetch(`${url}/api/events`, {
          headers: { authorization: `Bearer ${token}` },
          signal: abort.signal
        })
        if (response.status !== 200 || response.body === null) throw new Error(`No stream: ${response.status}`)
        return new EventReader(response.body, abort)
      })
    )

  /** The data of the next event; undefined: the stream has ended. */
  readonly next = Effect.promise(async (): Promise<unknown> => {
    for (;;) {
      const end = this.text.indexOf("\n\n")
      if (end >= 0) {
        const event = this.text.slice(0, end)
        this.text = this.text.slice(end + 2)
        const data = event.split("\n").flatMap((line) => (line.startsWith("data:") ? [line.slice(5).trim()] : []))
        if (data.length > 0) return JSON.parse(data.join("\n"))
        continue
      }
      const { done, value } = await this.reader.read()
      if (done) return undefined
      this.text += Buffer.from(value).toString()
    }
  })

  /** The next event of a kind; undefined: the stream has ended before. */
  readonly nextOf = (tag: string): Effect.Effect<unknown> =>
    Effect.flatMap(this.next, (event) =>
      event === undefined || (event as { readonly _tag: string })._tag === tag
        ? Effect.succeed(event)
        : this.nextOf(tag)
    )

  readonly close = Effect.sync(() => this.abort.abort())
}
