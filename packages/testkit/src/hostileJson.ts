/** JSON texts that break careless readers: deeper, longer, larger or other than anybody means. */
export const hostileJson: ReadonlyArray<string> = [
  "null",
  "true",
  "-0",
  "1e400",
  "-1e400",
  "9007199254740993",
  "1e-400",
  '""',
  '"\\ud800"',
  '"\\u0000"',
  `"${"x".repeat(100_000)}"`,
  "[]",
  "{}",
  `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
  `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`,
  `[${"0,".repeat(50_000)}0]`,
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":1,"valueOf":1,"length":-1}',
  '{"_tag":"Some","value":{"_tag":"None"}}'
]

/** Every text that comes of the JSON value by putting a hostile one in the place of one part, or beside them. */
export function* hostileVariants(value: unknown): Generator<string> {
  for (const hostile of hostileJson) yield hostile
  if (typeof value !== "object" || value === null) return
  const entries = Object.entries(value).map(([name, part]) => [name, JSON.stringify(part)] as const)
  const written = (parts: ReadonlyArray<readonly [string, string]>): string =>
    Array.isArray(value)
      ? `[${parts.map(([, part]) => part).join(",")}]`
      : `{${parts.map(([name, part]) => `${JSON.stringify(name)}:${part}`).join(",")}}`
  for (const hostile of hostileJson) {
    yield written([...entries, ["__proto__", hostile]])
    for (const at of entries.keys()) yield written(entries.map(([name, part], n) => [name, n === at ? hostile : part]))
  }
}
