import { Result, Schema, SchemaIssue } from "effect"
import { type Document, LineCounter, parseDocument, visit } from "yaml"
import { checkTopics } from "./checkTopics.ts"
import { makeTopics, type Topics } from "./Topics.ts"
import { InvalidTopicsFile, type TopicsIssue } from "./TopicsError.ts"
import { TopicsSyntax } from "./TopicsSyntax.ts"
import { policyFrom, topicFrom } from "./topicFrom.ts"
import { YamlPlaces } from "./YamlPlaces.ts"

/**
 * Returns the topics that a topics.yaml declares.
 *
 * Fails with `InvalidTopicsFile`, which lists every fault with line and column: first those of YAML itself, then words
 * that have no meaning or a wrong value, and only then what contradicts across entries.
 *
 * @param file - its name, for messages
 */
export const parseTopics = (text: string, file: string): Result.Result<Topics, InvalidTopicsFile> => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const refused = (issues: ReadonlyArray<TopicsIssue>) =>
    Result.fail(
      new InvalidTopicsFile({ file, issues: issues.toSorted((a, b) => a.line - b.line || a.column - b.column) })
    )
  const places = new YamlPlaces(document, lines, text)
  if (document.errors.length > 0) {
    return refused(document.errors.map((error) => places.brokenYaml(error.pos[0], error.message)))
  }
  const content = Result.try({ try: () => document.toJS({ maxAliasCount: 100 }) as unknown, catch: String })
  if (Result.isFailure(content)) return refused([places.brokenYaml(aliasIn(document), content.failure)])
  const decoded = decodeSyntax(content.success)
  if (Result.isFailure(decoded)) {
    const { issues } = SchemaIssue.makeFormatterStandardSchemaV1()(decoded.failure.issue)
    return refused(issues.map((issue) => places.issue((issue.path ?? []) as ReadonlyArray<PropertyKey>, issue.message)))
  }
  const faults = checkTopics(decoded.success)
  if (faults.length > 0) return refused(faults.map((fault) => places.issue(fault.path, fault.expected, fault.remedy)))
  const { defaults, topics } = decoded.success
  return Result.succeed(
    makeTopics(
      Object.entries(topics).map(([name, topic]) => topicFrom(name, topic, defaults)),
      policyFrom(defaults)
    )
  )
}

const decodeSyntax = Schema.decodeUnknownResult(TopicsSyntax, { errors: "all", onExcessProperty: "error" })

/** Offset of the first alias: it is what can go wrong in YAML that is well formed. */
const aliasIn = (document: Document): number => {
  let offset = 0
  visit(document, {
    Alias: (_, alias) => {
      offset = alias.range?.[0] ?? 0
      return visit.BREAK
    }
  })
  return offset
}
