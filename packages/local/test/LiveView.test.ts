import { assert, it } from "@effect/vitest"
import { cut } from "../src/LiveView.ts"

it("cuts a line to the columns of the terminal and leaves its colours whole", () => {
  assert.strictEqual(cut("abcdef", 4), "abcd")
  assert.strictEqual(cut("abc", 4), "abc")
  assert.strictEqual(cut("a\u001b[31mbcd\u001b[0mef", 3), "a\u001b[31mbc\u001b[0m")
})
