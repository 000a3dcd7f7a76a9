// Foreign boundary: sockets and timers.
import type { Socket } from "node:net"
import type { LinkState } from "./Link.ts"

const mostHeldBytes = 1_048_576

/** Carries one direction of a connection: in order, late by the link's latency, no faster than its bandwidth. */
export class Pipe {
  private readonly from: Socket
  private readonly to: Socket
  private readonly state: () => LinkState
  private readonly held: Array<{ readonly data: Buffer | "end"; readonly dueMs: number }> = []
  private heldBytes = 0
  private freeAtMs = 0
  private timer: NodeJS.Timeout | undefined

  constructor(from: Socket, to: Socket, state: () => LinkState) {
    this.from = from
    this.to = to
    this.state = state
    from.on("data", (data) => this.take(data))
    from.on("end", () => this.take("end"))
    from.on("close", () => this.take("end"))
  }

  /** The link's state changed: what is held may go. */
  stateChanged(): void {
    this.flush()
  }

  private take(data: Buffer | "end"): void {
    const { bytesPerSecond, latencyMs } = this.state()
    const now = Date.now()
    const bytes = data === "end" ? 0 : data.length
    const takesMs = bytesPerSecond === 0 ? 0 : (bytes * 1_000) / bytesPerSecond
    this.freeAtMs = Math.max(this.freeAtMs, now) + takesMs
    this.held.push({ data, dueMs: this.freeAtMs + latencyMs })
    this.heldBytes += bytes
    if (this.heldBytes > mostHeldBytes) this.from.pause()
    this.flush()
  }

  private flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    if (this.state().way !== "open") return
    const now = Date.now()
    while (this.held[0] !== undefined && this.held[0].dueMs <= now) this.pass(this.held.shift()!.data)
    const next = this.held[0]
    if (next !== undefined) this.timer = setTimeout(() => this.flush(), Math.max(1, next.dueMs - now))
    if (this.heldBytes <= mostHeldBytes && this.from.isPaused()) this.from.resume()
  }

  private pass(data: Buffer | "end"): void {
    if (data === "end") {
      this.to.end()
      return
    }
    this.heldBytes -= data.length
    if (this.to.writable) this.to.write(data)
  }
}
