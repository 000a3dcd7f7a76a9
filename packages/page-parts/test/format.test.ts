import { assert, describe, it } from "@effect/vitest"
import { formatOf } from "../src/format.ts"

const english = formatOf("en")
const portuguese = formatOf("pt-BR")
const minute = 60_000

describe("a moment beside now", () => {
  it("is named from its own side: what was told is never ahead, what is due never behind", () => {
    assert.strictEqual(english.ago(0, 5 * minute), "5 min. ago")
    assert.strictEqual(english.until(5 * minute, 0), "in 5 min.")
    assert.strictEqual(english.ago(5_000, 0), "now", "clocks of machines differ")
    assert.strictEqual(english.until(0, 5_000), "now")
    assert.strictEqual(portuguese.until(120 * minute, 0), "em 2 h")
  })
})

describe("figures", () => {
  it("are written as the language writes them, with their two largest units", () => {
    assert.strictEqual(portuguese.number(1_234.5, 1), "1.234,5")
    assert.strictEqual(english.duration(3 * 3_600_000 + 5 * minute), "3 h 5 min")
    assert.strictEqual(english.bytes(1_536), "1.5 KiB")
  })
})
