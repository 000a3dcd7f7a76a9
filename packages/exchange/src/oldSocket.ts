import { LnMarketsSocketV2 } from "@millrace/contracts"
import { Effect, Result, Schema } from "effect"
import type { ExchangeSettings } from "./ExchangeConfig.ts"
import { boundedSilence } from "./heartbeat.ts"
import type { LnMarketsV2Settings } from "./LnMarketsV2Config.ts"
import type { StreamUnavailable } from "./StreamConnection.ts"
import type { StreamProtocol } from "./StreamSession.ts"
import { unavailable } from "./streamAuthentication.ts"

const decodePush = Schema.decodeUnknownResult(LnMarketsSocketV2.Push)

/** The old WebSocket: public prices only; it never carried positions. */
export const oldSocket = (
  settings: ExchangeSettings,
  v2: LnMarketsV2Settings,
  channels: ReadonlyArray<string>
): StreamProtocol => ({
  url: settings.streamUrl.href,
  side: "public",
  start: Effect.fnUntraced(function* (calls) {
    const { ChannelList, methods } = LnMarketsSocketV2
    const subscribed = yield* Effect.mapError(calls.call(methods.subscribe, channels, ChannelList), unavailable)
    const missing = channels.filter((channel) => !subscribed.includes(channel))
    if (missing.length === 0) return
    const detail = `the exchange did not subscribe ${missing.join(", ")}`
    return yield* Effect.fail<StreamUnavailable>({ _tag: "StreamUnavailable", detail })
  }),
  readPush: (message) => {
    const push = decodePush(message)
    if (Result.isFailure(push)) return undefined
    const { channel, data } = push.success.params
    return { topic: channel, data }
  },
  heartbeat: boundedSilence(v2.pingInterval, v2.silence),
  renewAfter: settings.renewAfter
})
