import { MarginMetric, Side } from "@millrace/contracts"
import { Schema } from "effect"
import type { MarginTerms } from "../src/index.ts"

const between = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))

/** A price from the first years of the market to far above. */
export const price = between(1, 500_000)

export const metric = MarginMetric

/** Any position that the exchange allows, isolated or cross, and some that it does not (no margin left). */
export const position = Schema.Struct({
  side: Side,
  quantityUsd: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 500_000 })),
  entryPriceUsd: between(100, 200_000),
  marginMode: Schema.Literals(["isolated", "cross"]),
  marginSats: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000_000 })),
  maintenanceMarginSats: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 })),
  liquidationPriceUsd: between(100, 1_000_000)
})

/** A position opened as the exchange does: margin by leverage, liquidation price by margin. */
export const opened = (side: "buy" | "sell", quantityUsd: number, entry: number, leverage: number): MarginTerms => {
  const marginSats = Math.floor((quantityUsd * 1e8) / (entry * leverage))
  const inverse = 1 / entry + ((side === "buy" ? 1 : -1) * marginSats) / (1e8 * quantityUsd)
  const liquidationPriceUsd = inverse <= 0 ? 100_000_000 : Math.round(2 / inverse) / 2
  return {
    side,
    quantityUsd,
    entryPriceUsd: entry,
    marginMode: "isolated",
    marginSats,
    maintenanceMarginSats: Math.floor(((quantityUsd * 1e8) / liquidationPriceUsd) * 0.001),
    liquidationPriceUsd
  }
}
