import { filesMatching, read, type SourceFile } from "./sourceTree.ts"

/** A test, or a whole file of tests, that proves a row of docs/guarantees.md. */
export interface Proof {
  readonly path: string
  /** As written in the code; none where the whole file is meant. */
  readonly name: string | undefined
  /** Files that vitest runs it from: its own, or those that call the suite it stands in. */
  readonly runIn: ReadonlyArray<string>
  /** The command that runs it. */
  readonly command: string
}

/** A row of docs/guarantees.md. */
export interface Guarantee {
  readonly section: string
  readonly title: string
  /** What the declaration says beside its title: `redelivered` and `harmless`, or `how`. */
  readonly says: Readonly<Record<string, string>>
  readonly proofs: ReadonlyArray<Proof>
}

/** Sections of the page by the word that declarations use, with what a row of them has to say. */
export const sections: Readonly<Record<string, ReadonlyArray<string>>> = {
  crash: ["redelivered", "harmless"],
  protection: ["how"],
  effects: ["how"],
  records: ["how"],
  contracts: ["how"],
  operation: ["how"]
}

/** What a row of the section `crash` begins with, in the order of the page. */
export const crashing: ReadonlyArray<string> =
  "market-data stream monitor executor scheduler control-api worker broker registry PostgreSQL Redis stack".split(" ")

const commands: ReadonlyArray<readonly [RegExp, string]> = [
  [/^packages\/[^/]+\/test\/.*\.test\.ts$/u, "npm test"],
  [/^tests\/repository\/.*\.test\.ts$/u, "npm test"],
  [/^tests\/integration\/.*\.integration\.test\.ts$/u, "npm test"],
  [/^tests\/integration\/.*\.faults\.test\.ts$/u, "npm run test:faults"],
  [/^tests\/data\/.*\.test\.ts$/u, "npm run test:data"],
  [/^tests\/browser\/.*\.browser\.test\.ts$/u, "npm run test:browser"]
]

/** The command whose run includes a test file. */
export const commandOf = (path: string): string | undefined => commands.find(([pattern]) => pattern.test(path))?.[1]

const sources = filesMatching(/^(packages|tests|benchmarks)\/.*\.ts$/u)
const testFiles = sources.filter((file) => commandOf(file.path) !== undefined)

/** Test files that call what a suite exports, also by way of another suite. */
const callersOf = (suite: SourceFile, seen: ReadonlySet<string> = new Set()): ReadonlyArray<string> => {
  if (commandOf(suite.path) !== undefined) return [suite.path]
  const names = [...suite.text.matchAll(/^export const (\w+)/gmu)].map(([, name]) => name!)
  if (names.length === 0) return []
  const called = new RegExp(`\\b(?:${names.join("|")})(?:<[^>]*>)?\\(`, "u")
  const others = [...testFiles, ...filesMatching(/^packages\/testkit\/src\/\w*Suite\.ts$/u)]
  return others
    .filter((file) => file !== suite && !seen.has(file.path) && called.test(file.text))
    .flatMap((file) => callersOf(file, new Set([...seen, suite.path])))
}

const blocks = /^[ \t]*\/\*\*(?:(?!\*\/)[\s\S])*?@guarantee\b[\s\S]*?\*\//gmu

const wordsOf = (comment: string): string =>
  comment
    .trim()
    .replace(/^\/\*\*|\*\/$/gu, "")
    .replace(/^[ \t]*\*[ \t]?/gmu, "")
    .replace(/\s+/gu, " ")
    .trim()

/**
 * Returns the name of the test or of the group that begins here: the first argument of `it("…")`, `it.effect.prop("…")`,
 * `describe.each(cases)("…")` and their like. Nothing where no such call begins.
 */
export const testNameAt = (code: string): string | undefined => {
  let rest = code.replace(/^(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)+/u, "")
  const callee = /^[\w.]+(?:<[^>]*>)?/u.exec(rest)?.[0]
  if (callee === undefined || callee === "import" || callee === "export" || callee === "const") return undefined
  rest = rest.slice(callee.length)
  while (rest.startsWith("(")) {
    const literal = /^\(\s*(?:"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)/u.exec(rest)
    if (literal !== null) return (literal[1] ?? literal[2]!).replace(/\\(.)/gu, "$1")
    let depth = 0
    const end = [...rest].findIndex((sign) => {
      depth += sign === "(" ? 1 : sign === ")" ? -1 : 0
      return depth === 0
    })
    if (end < 0) return undefined
    rest = rest.slice(end + 1).trimStart()
  }
  return undefined
}

interface Declaration {
  readonly section: string
  readonly title: string
  readonly says: Readonly<Record<string, string>>
  readonly proof: Proof
  readonly place: string
  readonly faults: ReadonlyArray<string>
}

const tagsOf = (text: string): ReadonlyArray<readonly [string, string]> =>
  [...text.matchAll(/@(\w+) ((?:(?! @\w+ ).)*)/gu)].map(([, tag, said]) => [tag!, said!.trim()])

const declarationsIn = (file: SourceFile): ReadonlyArray<Declaration> =>
  [...file.text.matchAll(blocks)].flatMap((block) => {
    const comment = block[0]
    const place = `${file.path}:${file.text.slice(0, block.index).split("\n").length}`
    const after = file.text.slice(block.index + comment.length)
    const name = testNameAt(after)
    const atHead = !/^(?:it|test|describe|import)\b/mu.test(file.text.slice(0, block.index))
    const text = wordsOf(comment)
    const said = text.slice(text.indexOf("@guarantee")).split(/(?=@guarantee )/u)
    return said.map((part) => {
      const [[, heading = ""] = ["", ""], ...tags] = tagsOf(part)
      const [section = "", title] = [heading.split(":")[0]?.trim(), heading.split(":").slice(1).join(":").trim()]
      const { runs, ...says } = Object.fromEntries(tags)
      const runIn = callersOf(file)
      const command = runs ?? commandOf(runIn[0] ?? "")
      const foreign = Object.keys(says).filter((tag) => !sections[section]?.includes(tag))
      const faults = [
        ...(sections[section] === undefined
          ? [`section "${section}" is none of ${Object.keys(sections).join(", ")}`]
          : foreign.map((tag) => `@${tag} is not said in the section ${section}, which has ${sections[section]}`)),
        ...(section === "crash" && !crashing.includes(title.split(" ")[0]!)
          ? [`"${title}" begins with none of ${crashing.join(", ")}`]
          : []),
        ...(name === undefined && !atHead && runs === undefined
          ? ["stands neither before a test or a group of tests nor at the head of the file"]
          : []),
        ...(command === undefined ? ["stands in a file that no command runs, and has no @runs"] : []),
        ...(runs !== undefined && !isScript(runs) ? [`@runs ${runs}: no such script in package.json`] : [])
      ]
      const proof = { path: file.path, name, runIn: runs === undefined ? runIn : [], command: command ?? "" }
      return { section, title, says, proof, place, faults }
    })
  })

const isScript = (command: string): boolean => {
  const script = /^npm (?:run )?([\w:]+)/u.exec(command)?.[1]
  return script !== undefined && script in JSON.parse(read("package.json").text).scripts
}

const rank = (row: Guarantee): number => (row.section === "crash" ? crashing.indexOf(row.title.split(" ")[0]!) : 0)

/**
 * Reads the rows that the sources declare, in the order of the page: by section, then by what crashes, then by the order of
 * the files. `faults` says what is wrong with a declaration, and where.
 */
export const readGuarantees = (
  files: ReadonlyArray<SourceFile> = sources
): { readonly rows: ReadonlyArray<Guarantee>; readonly faults: ReadonlyArray<string> } => {
  const declared = files.flatMap(declarationsIn)
  const explaining = declared.filter(({ says }) => Object.keys(says).length > 0)
  const joining = declared.filter(({ says }) => Object.keys(says).length === 0)
  const rows = Map.groupBy([...explaining, ...joining], ({ section, title }) => `${section}: ${title}`)
  const faults = declared.flatMap(({ place, faults }) => faults.map((fault) => `${place}: ${fault}`))
  const guarantees = [...rows.values()].map((same) => {
    const [{ section, title, place }] = same as [Declaration]
    const full = same.filter(({ says }) => Object.keys(says).length > 0)
    for (const twice of full.slice(1))
      faults.push(`${twice.place}: "${title}" is explained here and at ${full[0]!.place}`)
    const says = full[0]?.says ?? {}
    for (const tag of sections[section] ?? [])
      if (says[tag] === undefined)
        faults.push(`${place}: "${title}" lacks @${tag}; or the row it joins has another title`)
    return { section, title, says, proofs: same.map(({ proof }) => proof) }
  })
  const order = Object.keys(sections)
  const sorted = guarantees.sort(
    (one, other) => order.indexOf(one.section) - order.indexOf(other.section) || rank(one) - rank(other)
  )
  return { rows: sorted, faults }
}
