import { assert, it } from "@effect/vitest"
import { joinedArguments } from "../src/joinedArguments.ts"

it("joins a flag with a value that begins with a minus and a digit, and leaves all else as it is", () => {
  const read = (text: string) => joinedArguments(text.split(" ")).join(" ")
  assert.strictEqual(read("explain r1 --at -10m --json"), "explain r1 --at=-10m --json")
  assert.strictEqual(read("explain r1 --at=-10m -v"), "explain r1 --at=-10m -v")
  assert.strictEqual(read("replay --from -2h --to -1h"), "replay --from=-2h --to=-1h")
  assert.strictEqual(read("dlq list --json -h"), "dlq list --json -h")
  assert.strictEqual(read("-1 -2"), "-1 -2")
})
