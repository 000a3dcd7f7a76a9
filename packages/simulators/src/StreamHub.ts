/** Stream v1 without sockets: who is subscribed to what, and what is pushed to whom. */
import { LnMarketsStream as Stream } from "@millrace/contracts"
import type { ApiKey } from "./ApiKeys.ts"
import { bucketStart, candlesOf, type MinuteCandle } from "./Candles.ts"
import type { LocalExchange, MarketListener } from "./LocalExchange.ts"
import type { MarketState } from "./MarketState.ts"
import { priceBuckets } from "./RestBodies.ts"
import { privatePush, tickerData } from "./StreamBodies.ts"
import type { Tick } from "./Tick.ts"

/** One client of the stream. */
export interface StreamClient {
  readonly send: (text: string) => void
  key: ApiKey | undefined
  readonly topics: Set<string>
}

export interface StreamHub extends MarketListener {
  readonly subscribe: (client: StreamClient, topic: string) => void
  readonly unsubscribe: (client: StreamClient, topic: string) => void
  readonly leave: (client: StreamClient) => void
  readonly clients: () => number
}

const privateTopics = new Set<string>([
  Stream.topics.isolatedTrades,
  Stream.topics.crossOrders,
  Stream.topics.crossPosition,
  Stream.topics.walletDeposit,
  Stream.topics.walletWithdrawal
])
const publicTopics = new Set<string>(
  Object.values(Stream.topics).filter((topic) => !privateTopics.has(topic) && topic !== Stream.topics.ohlc)
)
const resolutions = ["1m", "3m", "5m", "10m", "15m", "30m", "45m", "1h", "2h", "3h", "4h", "1d", "1w"] as const
const candleTopics = resolutions.map((range) => ({ topic: `${Stream.topics.ohlc}${range}`, range }))
for (const { topic } of candleTopics) publicTopics.add(topic)

/** Permission a topic needs; undefined for public ones; null for a topic that does not exist. */
export const permissionOf = (topic: string): string | undefined | null => {
  if (publicTopics.has(topic)) return undefined
  if (!privateTopics.has(topic)) return null
  if (topic.startsWith("wallet/")) return "account:read"
  return topic === Stream.topics.isolatedTrades ? "futures:isolated:read" : "futures:cross:read"
}

const push = (topic: string, data: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", method: "subscription", params: { topic, data } })

export const makeStreamHub = (exchange: LocalExchange): StreamHub => {
  const members = new Map<string, Set<StreamClient>>()
  const clients = new Set<StreamClient>()
  const channelOf = (client: StreamClient, topic: string): string =>
    privateTopics.has(topic) ? `${client.key?.accountId ?? ""} ${topic}` : topic
  const deliver = (channel: string, topic: string, data: () => unknown): void => {
    const listening = members.get(channel)
    if (listening === undefined || listening.size === 0) return
    const text = push(topic, data())
    for (const client of listening)
      if (!exchange.faults.isActive("stream_stall", client.key?.accountId)) client.send(text)
  }
  return {
    subscribe: (client, topic) => {
      const channel = channelOf(client, topic)
      members.set(channel, (members.get(channel) ?? new Set()).add(client))
      clients.add(client)
      client.topics.add(topic)
    },
    unsubscribe: (client, topic) => {
      members.get(channelOf(client, topic))?.delete(client)
      client.topics.delete(topic)
    },
    leave: (client) => {
      for (const topic of client.topics) members.get(channelOf(client, topic))?.delete(client)
      clients.delete(client)
    },
    clients: () => clients.size,
    price: (tick, state, candle) => {
      const { topics } = Stream
      deliver(topics.lastPrice, topics.lastPrice, () => ({ time: tick.timeMs, lastPrice: tick.price }))
      deliver(topics.ticker, topics.ticker, () => tickerData(state))
      deliver(topics.index, topics.index, () => ({ time: tick.timeMs, index: state.index ?? tick.price }))
      deliver(topics.buckets, topics.buckets, () => bucketsData(tick, state))
      if (candle) pushCandles(exchange, candle, deliver)
    },
    accounts: (events, state) => {
      for (const event of events) {
        const { accountId, topic, data } = privatePush(state, event)
        deliver(`${accountId} ${topic}`, topic, () => data)
      }
    }
  }
}

const bucketsData = (tick: Tick, state: MarketState): typeof Stream.BucketsData.Type => ({
  time: tick.timeMs,
  buckets: priceBuckets(state, tick.price)
})

const pushCandles = (
  exchange: LocalExchange,
  minute: MinuteCandle,
  deliver: (channel: string, topic: string, data: () => unknown) => void
): void => {
  for (const { topic, range } of candleTopics) {
    deliver(topic, topic, () => {
      const start = bucketStart(minute.timeMs, range)
      const first = exchange.candles.findLastIndex((each) => each.timeMs < start) + 1
      const { timeMs, ...prices } = candlesOf(exchange.candles.slice(first), range).at(-1) ?? minute
      return { time: timeMs, ...prices }
    })
  }
}
