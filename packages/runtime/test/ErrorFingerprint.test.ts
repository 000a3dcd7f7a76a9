import { assert, it } from "@effect/vitest"
import { fingerprint, normalised } from "../src/index.ts"

const report = (message: string, stack?: string) => ({ kind: "permanent", tag: "Broken", message, stack })

it("is equal for failures that differ only in ids and figures", () => {
  const one = fingerprint(report('position "p-17" of 1f0c2d3e4a5b lost 120.5 sats'), 4)
  const other = fingerprint(report('position "p-999" of aa0c2d3e4a5c lost 7 sats'), 4)
  assert.strictEqual(one, other)
})

it("differs by message, schema and the top of the stack", () => {
  const all = [
    fingerprint(report("no position"), 4),
    fingerprint(report("no account"), 4),
    fingerprint(report("no position"), 5),
    fingerprint(report("no position", "Error\n at one (file.ts:1:2)"), 4),
    fingerprint(report("no position", "Error\n at two (file.ts:1:2)"), 4)
  ]
  assert.strictEqual(new Set(all).size, all.length)
})

it("does not tell lines apart within a stack", () => {
  const stack = (line: number) => `Error\n at one (file.ts:${line}:2)`
  assert.strictEqual(fingerprint(report("x", stack(1)), 1), fingerprint(report("x", stack(99)), 1))
})

it("normalises space", () => {
  assert.strictEqual(normalised(" a \n b 12 "), "a b #")
})
