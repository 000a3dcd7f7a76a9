/** A YAML file that a schema describes: its value, or every fault with file, line and column. */
import { Result, Schema, SchemaIssue } from "effect"
import { isMap, isPair, isSeq, LineCounter, type Node, parseDocument } from "yaml"

export type YamlPath = ReadonlyArray<PropertyKey>

/** A decoded file, which still knows where everything stands. */
export interface DecodedYaml<A> {
  readonly value: A
  /** `file:line:column` of what stands at the path, or of what holds it. */
  readonly where: (path: YamlPath) => string
}

/**
 * Decodes the text of a YAML file; `file` is its name for messages. Unknown keys are faults. Fails with one line for each
 * fault: where it is, what was found, what was expected.
 */
export const decodeYaml = <A>(
  schema: Schema.Codec<A, unknown>,
  text: string,
  file: string
): Result.Result<DecodedYaml<A>, ReadonlyArray<string>> => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const where = (path: YamlPath): string => {
    const position = lines.linePos(nodeAt(document.contents, path)?.range?.[0] ?? 0)
    return `${file}:${Math.max(1, position.line)}:${Math.max(1, position.col)}`
  }
  const wrong = document.errors[0]
  if (wrong) {
    const { line, col } = lines.linePos(wrong.pos[0])
    return Result.fail([`${file}:${line}:${col}: not YAML: ${wrong.message.split("\n")[0]}`])
  }
  const content = Result.try({ try: () => document.toJS({ maxAliasCount: 100 }) as unknown, catch: String })
  if (Result.isFailure(content)) return Result.fail([`${file}:1:1: not YAML: ${content.failure}`])
  const found = content.success
  const decoded = Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })(found)
  if (Result.isSuccess(decoded)) return Result.succeed({ value: decoded.success, where })
  const { issues } = SchemaIssue.makeFormatterStandardSchemaV1()(decoded.failure.issue)
  return Result.fail(
    issues.map((issue) => {
      const path = (issue.path ?? []).map((step) => (typeof step === "object" ? step.key : step))
      return `${where(path)}: ${path.join(".") || "the file"}: found ${shown(valueAt(found, path))}: ${issue.message}`
    })
  )
}

/** What was found, cut short; an alias may lead back to itself, or deeper than JSON is written. */
const shown = (value: unknown): string => {
  if (value === undefined) return "nothing"
  const text = Result.try(() => String(JSON.stringify(value)).slice(0, 60))
  return Result.isSuccess(text) ? text.success : "what can't be shown"
}

const valueAt = (value: unknown, path: YamlPath): unknown =>
  path.reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined), value)

/** The deepest node along a path; for a mapping's key the key itself, so that an unknown key is pointed at. */
const nodeAt = (root: Node | null, path: YamlPath): Node | null => {
  let node: Node | null = root
  for (const [depth, key] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && String(item.key) === String(key))
      if (!pair) return node
      node = (depth === path.length - 1 ? pair.key : pair.value) as Node
    } else if (isSeq(node)) node = (node.items[Number(key)] as Node | undefined) ?? node
    else return node
  }
  return node
}
