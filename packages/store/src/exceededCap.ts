import type { CapName, Capped, IntentExposure } from "./IntentLedger.ts"

/** What an account's other intents have opened and added within the window. */
export interface CapUse {
  quantityUsd: number
  orders: number
  marginSats: number
}

/** Returns the first cap that the exposure would exceed next to what is used; `undefined`: none. */
export const exceededCap = ({ caps, marginSats, quantityUsd }: IntentExposure, use: CapUse): Capped | undefined => {
  const checks: ReadonlyArray<readonly [CapName, used: number, asked: number]> = [
    ["orderQuantityUsd", 0, quantityUsd],
    ["hourQuantityUsd", use.quantityUsd, quantityUsd],
    ["hourOrders", use.orders, quantityUsd > 0 ? 1 : 0],
    ["addMarginSats", 0, marginSats],
    ["hourAddMarginSats", use.marginSats, marginSats]
  ]
  for (const [cap, used, asked] of checks) {
    const limit = caps[cap]
    if (limit !== undefined && asked > 0 && used + asked > limit) return { _tag: "Capped", cap, limit, used, asked }
  }
  return undefined
}
