/** Who listens to which channel, and bringing pushes to them through the faults that are in force. */
import type { Faults } from "./Faults.ts"
import type { StreamClient } from "./StreamHub.ts"

export interface Delivery {
  readonly join: (client: StreamClient, channel: string) => void
  readonly part: (client: StreamClient, channel: string) => void
  readonly hasListeners: (channel: string) => boolean
  /** Pushes to all who listen; `topic` is the channel's public name, `text` is made only when somebody listens. */
  readonly deliver: (channel: string, topic: string, text: () => string) => void
}

export const makeDelivery = (faults: Faults): Delivery => {
  const members = new Map<string, Set<StreamClient>>()
  /** What public channels pushed last while nothing made them stale. */
  const latest = new Map<string, string>()
  return {
    join: (client, channel) => void members.set(channel, (members.get(channel) ?? new Set()).add(client)),
    part: (client, channel) => {
      const listening = members.get(channel)
      listening?.delete(client)
      if (listening?.size === 0) members.delete(channel)
    },
    hasListeners: (channel) => members.has(channel),
    deliver: (channel, topic, text) => {
      const listening = members.get(channel)
      if (listening === undefined) return
      const fresh = text()
      let keepsLatest = channel === topic
      for (const client of listening) {
        const { copies, delayMs, isStale } = faults.planPush(topic, client.key?.accountId)
        if (isStale) keepsLatest = false
        const sent = isStale ? (latest.get(topic) ?? fresh) : fresh
        for (let copy = 0; copy < copies; copy++) client.send(sent, delayMs)
      }
      if (keepsLatest) latest.set(topic, fresh)
    }
  }
}
