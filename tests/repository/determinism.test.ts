/** Workers get time, randomness and ids only from Effect, so that one seed gives one history. */
import { assert, describe, it } from "@effect/vitest"
import { codeOf, filesMatching, isForeignBoundary, none, packages, type SourceFile } from "./sourceTree.ts"

/** What runs in production; the suites of `testkit` are tests and may wait for a real broker. */
const inside = packages
  .filter((row) => row.layer !== "tests")
  .flatMap((row) => filesMatching(new RegExp(`^packages/${row.name}/src/.*\\.ts$`, "u")))
  .filter((file) => !isForeignBoundary(file))

const uses = (pattern: RegExp) => (file: SourceFile) => [
  ...new Set([...codeOf(file).matchAll(pattern)].map((match) => `${file.path}: ${match[0].trim()}`))
]

const rules = [
  [
    "asks the machine's clock",
    /\bDate\.now\b|\bnew Date(\(\s*\)|;)|(?<!new )\bDate\(\)|\bperformance\.(now|timeOrigin|mark)\b|\bprocess\.(hrtime|uptime)\b|\bTemporal\.Now\b|\bnode:perf_hooks\b/gu
  ],
  ["sets a timer", /\bset(Timeout|Interval|Immediate)\b|\bnode:timers\b|\brequest(AnimationFrame|IdleCallback)\b/gu],
  [
    "draws random numbers",
    /\bMath\.random\b|\brandom(UUID|Bytes|Int|Fill|FillSync)\b|\bgetRandomValues\b|\bgenerateKey(Pair)?(Sync)?\(/gu
  ],
  [
    "runs something outside of Effect's scheduler",
    /\bqueueMicrotask\b|\bprocess\.nextTick\b|\bPromise\.(race|any|all|allSettled|resolve|reject|try|withResolvers)\b|\bnew Promise\b|\.then\(/gu
  ],
  [
    "starts a fiber on the default clock, Random and scheduler instead of those around it",
    /\bEffect\.run(Fork|Callback|Promise|PromiseExit|Sync|SyncExit)\(/gu
  ],
  [
    "is woken by the machine: files that change, memory that is collected",
    /\bfs\.watch(File)?\b|\bwatchFile\(|\bimport \{[^}]*\bwatch(File)?\b[^}]*\} from "node:fs|\b(WeakRef|FinalizationRegistry)\b/gu
  ],
  ["prints", /\bconsole\.(log|error|warn|info|debug)\(/gu],
  ["catches or throws exceptions", /^\s*(try \{|throw )|\}\s*catch\b/gmu],
  ["is an async function", /\basync (function|\()|\bawait \w/gu]
] as const

describe("no file inside, that is without the mark `// Foreign boundary: <why>`,", () => {
  it.each(rules)("%s", (_, pattern) => {
    assert.deepStrictEqual(inside.flatMap(uses(pattern)), none)
  })
})

it("the marks say why", () => {
  const marks = filesMatching(/^packages\/[^/]+\/src\/.*\.ts$/u).flatMap((file) =>
    [...file.text.matchAll(/^\/\/ Foreign boundary(.*)$/gmu)].map(([, why]) => [file.path, why!] as const)
  )
  assert.deepStrictEqual(
    marks.filter(([, why]) => !/^: \S.{7,}/u.test(why)).map(([path]) => path),
    none
  )
})

describe("the rules themselves", () => {
  const file = (text: string): SourceFile => ({ path: "it.ts", text, lines: 1 })

  it("see a clock in code, and none in a comment", () => {
    const [, clock] = rules[0]
    assert.strictEqual(uses(clock)(file("const now = Date.now()")).length, 1)
    assert.strictEqual(uses(clock)(file("/** Never Date.now(). */\n// nor new Date()\n")).length, 0)
  })

  it.each([
    [
      "asks the machine's clock",
      ["const now = Date.now", "new Date()", "Date()", "performance.now", "process.uptime()"]
    ],
    ["sets a timer", ["const later = setTimeout", 'from "node:timers/promises"', "setImmediate(f)"]],
    ["draws random numbers", ["const draw = Math.random", "crypto.randomUUID()", "crypto.getRandomValues(a)"]],
    [
      "runs something outside of Effect's scheduler",
      ["queueMicrotask(f)", "process.nextTick(f)", "Promise.race([a, b])", "new Promise(f)", "answer.then(f)"]
    ],
    [
      "starts a fiber on the default clock, Random and scheduler instead of those around it",
      ["Effect.runFork(e)", "Effect.runSync(e)", "Effect.runPromise(e)"]
    ],
    [
      "is woken by the machine: files that change, memory that is collected",
      ['import { readFileSync, watch } from "node:fs"', "fs.watchFile(path, f)", "new WeakRef(a)"]
    ]
  ] as const)("see what %s, however it is written", (name, faults) => {
    const [, pattern] = rules.find(([title]) => title === name)!
    for (const fault of faults) assert.isAbove(uses(pattern)(file(fault)).length, 0, fault)
    for (const fine of ["new Date(ms)", "Date.parse(text)", "Effect.runForkWith(context)(e)", "Effect.andThen(e)"]) {
      assert.strictEqual(uses(pattern)(file(fine)).length, 0, fine)
    }
  })

  it("take a mark only from the first comment line, with a reason", () => {
    assert.isTrue(isForeignBoundary(file("// Foreign boundary: sockets\nimport x")))
    assert.isFalse(isForeignBoundary(file("// Foreign boundary:\nimport x")))
    assert.isFalse(isForeignBoundary(file("// Something\n// Foreign boundary: sockets\n")))
  })
})
