/** Stream v1 without sockets: who is subscribed to what, and what is pushed to whom. */
import { LnMarketsRest, LnMarketsStream as Stream } from "@millrace/contracts"
import type { ApiKey } from "./ApiKeys.ts"
import { bucketStart, candlesOf, type MinuteCandle } from "./Candles.ts"
import { makeDelivery } from "./Delivery.ts"
import type { LocalExchange, MarketListener } from "./LocalExchange.ts"
import type { MarketState } from "./MarketState.ts"
import { priceBuckets } from "./RestBodies.ts"
import { fundingData, privatePush, tickerData } from "./StreamBodies.ts"
import type { Tick } from "./Tick.ts"

/** One client of the stream. */
export interface StreamClient {
  /** Names its connection, for its budget of requests. */
  readonly id: string
  /** Sends after a delay; texts leave in the order in which they were given. */
  readonly send: (text: string, delayMs: number) => void
  key: ApiKey | undefined
  readonly topics: Set<string>
}

/** A notice of the exchange, or with nothing but its id: that it is over. */
export interface Announcement {
  readonly id: string
  readonly title?: string
  readonly message?: string
  readonly link?: string | null
}

export interface StreamHub extends MarketListener {
  readonly subscribe: (client: StreamClient, topic: string) => void
  readonly unsubscribe: (client: StreamClient, topic: string) => void
  readonly leave: (client: StreamClient) => void
  /** Ends the subscriptions that belong to the client's account. */
  readonly leaveAccount: (client: StreamClient) => void
  /** Tells all who listen to `announcements`. */
  readonly announce: (announcement: Announcement) => void
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
const candleTopics = LnMarketsRest.CandleRange.literals.map((range) => ({
  topic: `${Stream.topics.ohlc}${range}`,
  range
}))
for (const { topic } of candleTopics) publicTopics.add(topic)

/** Permission a topic needs; undefined for public ones; null for a topic that does not exist. */
export const permissionOf = (topic: string): string | undefined | null => {
  if (publicTopics.has(topic)) return undefined
  if (!privateTopics.has(topic)) return null
  if (topic.startsWith("wallet/")) return "account:read"
  return topic === Stream.topics.isolatedTrades ? "futures:isolated:read" : "futures:cross:read"
}

export const pushText = (topic: string, data: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", method: "subscription", params: { topic, data } })

export const makeStreamHub = (exchange: LocalExchange): StreamHub => {
  const delivery = makeDelivery(exchange.faults)
  const { topics } = Stream
  const channelOf = (client: StreamClient, topic: string): string =>
    privateTopics.has(topic) ? `${client.key?.accountId ?? ""} ${topic}` : topic
  const tell = (topic: string, data: () => unknown): void =>
    delivery.deliver(topic, topic, () => pushText(topic, data()))
  let funding = ""
  const tellFunding = (state: MarketState): void => {
    if (!delivery.hasListeners(topics.funding)) return
    const now = pushText(topics.funding, fundingData(state))
    if (now !== funding) delivery.deliver(topics.funding, topics.funding, () => now)
    funding = now
  }
  return {
    subscribe: (client, topic) => {
      delivery.join(client, channelOf(client, topic))
      client.topics.add(topic)
    },
    unsubscribe: (client, topic) => {
      delivery.part(client, channelOf(client, topic))
      client.topics.delete(topic)
    },
    leave: (client) => {
      for (const topic of client.topics) delivery.part(client, channelOf(client, topic))
    },
    leaveAccount: (client) => {
      for (const topic of client.topics) {
        if (!privateTopics.has(topic)) continue
        delivery.part(client, channelOf(client, topic))
        client.topics.delete(topic)
      }
    },
    announce: (announcement) => tell(topics.announcements, () => announcement),
    price: (tick, state, candle) => {
      tell(topics.lastPrice, () => ({ time: tick.timeMs, lastPrice: tick.price }))
      tell(topics.ticker, () => tickerData(state))
      tell(topics.index, () => ({ time: tick.timeMs, index: state.index ?? tick.price }))
      tell(topics.buckets, () => bucketsData(tick, state))
      tellFunding(state)
      if (candle) tellCandles(exchange, candle, tell)
    },
    accounts: (events, state) => {
      for (const event of events) {
        const { accountId, topic, data } = privatePush(state, event)
        delivery.deliver(`${accountId} ${topic}`, topic, () => pushText(topic, data))
      }
    }
  }
}

const bucketsData = (tick: Tick, state: MarketState): typeof Stream.BucketsData.Type => ({
  time: tick.timeMs,
  buckets: priceBuckets(state, tick.price)
})

const tellCandles = (
  exchange: LocalExchange,
  minute: MinuteCandle,
  tell: (topic: string, data: () => unknown) => void
): void => {
  for (const { topic, range } of candleTopics) {
    tell(topic, () => {
      const start = bucketStart(minute.timeMs, range)
      const first = exchange.candles.findLastIndex((each) => each.timeMs < start) + 1
      const { timeMs, index: _index, ...prices } = candlesOf(exchange.candles.slice(first), range).at(-1) ?? minute
      return { time: timeMs, ...prices }
    })
  }
}
