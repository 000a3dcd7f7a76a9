// Foreign boundary: an outside system as a process; it applies each sound request, also one that it has applied before.
import { openSync, writeSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import { answer, bodyOf, listen } from "./ControlServer.ts"
import { SeededRandom } from "./SeededRandom.ts"
import { type AppliedEffect, type EffectRequest, type SinkMode, signatureWindowMs } from "./SinkMode.ts"

// Outline:
// POST /effects     applies, by the mode: at once and replies; applies and closes the connection; 429; 503; hangs.
// GET /effects/ID   the effect that was applied, or 404: the read-back.
// POST /mode        { mode }.
// The journal is one line for each effect, written before the reply. Nothing is removed as a repeat: repeats are counted.

const port = Number(process.env.SINK_PORT)
const journal = openSync(process.env.SINK_JOURNAL as string, "a")
const random = new SeededRandom(Number(process.env.SINK_SEED ?? "1"))
const applied = new Map<string, AppliedEffect>()
let mode: SinkMode = "normal"

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const isStale = (request: EffectRequest): boolean => Date.now() - request.signedAtMs > signatureWindowMs

const apply = (request: EffectRequest): AppliedEffect => {
  const effect = { ...request, atMs: Date.now() }
  applied.set(request.id, effect)
  writeSync(journal, `${JSON.stringify(effect)}\n`)
  return effect
}

const applyAndAnswer = (request: EffectRequest, response: ServerResponse) => {
  if (isStale(request)) return answer(response, 409, { error: "the signature is too old; nothing was applied" })
  answer(response, 200, { effectId: `effect-${apply(request).id}` })
}

/** Half of the requests hang and are answered by nobody: some are applied late, when they are still valid. */
const hang = async (request: EffectRequest, response: ServerResponse) => {
  if (random.next() < 0.5) return applyAndAnswer(request, response)
  await wait(random.between(500, 4_000))
  if (!isStale(request)) apply(request)
  response.destroy()
}

const take = async (request: EffectRequest, response: ServerResponse) => {
  switch (mode) {
    case "normal":
      return applyAndAnswer(request, response)
    case "replies-lost":
      if (random.next() < 0.3) return applyAndAnswer(request, response)
      if (!isStale(request)) apply(request)
      return response.destroy()
    case "storm-429":
      return answer(response, 429, { error: "too many requests" }, { "retry-after": "1" })
    case "storm-503":
      return answer(response, 503, { error: "unavailable" })
    case "effects-hang":
      return hang(request, response)
  }
}

const handle = async (request: IncomingMessage, response: ServerResponse) => {
  const url = request.url ?? "/"
  if (request.method === "POST" && url === "/effects") {
    await take((await bodyOf(request)) as EffectRequest, response)
  } else if (request.method === "POST" && url === "/mode") {
    mode = ((await bodyOf(request)) as { mode: SinkMode }).mode
    answer(response, 200, { mode })
  } else if (request.method === "GET" && url.startsWith("/effects/")) {
    const found = applied.get(decodeURIComponent(url.slice("/effects/".length)))
    answer(response, found === undefined ? 404 : 200, found ?? {})
  } else answer(response, url === "/ready" ? 200 : 404, {})
}

await listen(port, handle)
