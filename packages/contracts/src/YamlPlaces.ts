import { type Document, isMap, isNode, isPair, isScalar, isSeq, type LineCounter, type Node, type Pair } from "yaml"
import type { TopicsIssue } from "./TopicsError.ts"

/** Says where in a YAML text something stands, and what stands there. */
export class YamlPlaces {
  readonly #document: Document
  readonly #lines: LineCounter
  readonly #text: string

  constructor(document: Document, lines: LineCounter, text: string) {
    this.#document = document
    this.#lines = lines
    this.#text = text
  }

  /** The text is not YAML at this offset. */
  brokenYaml(offset: number, reason: string): TopicsIssue {
    return {
      ...this.#position(offset),
      path: "(file)",
      found: this.#excerpt(offset),
      expected: `Expected valid YAML: ${reason}`,
      remedy: "Correct the text there."
    }
  }

  /** What stands at the path is wrong; a missing key is shown where its mapping stands. */
  issue(path: ReadonlyArray<PropertyKey>, expected: string, remedy?: string): TopicsIssue {
    const place = this.#find(path)
    const isExcess = expected.startsWith("Expected no excess property")
    const isMissing = place.missing
    return {
      ...this.#position(isExcess ? place.keyAt : place.at),
      path: path.length === 0 ? "(file)" : path.map(String).join("."),
      found: isExcess ? `the key \`${String(path.at(-1))}\`` : isMissing ? "nothing" : shown(place.node),
      expected: isExcess
        ? `Expected ${knownKeys}`
        : isMissing && expected === "Missing key"
          ? `Expected a value for \`${String(path.at(-1))}\``
          : expected,
      remedy: remedy ?? (isExcess ? "Remove it, or correct its name." : isMissing ? "Add it." : "Correct the value.")
    }
  }

  #position(offset: number): { readonly line: number; readonly column: number } {
    const { line, col } = this.#lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }

  #excerpt(offset: number): string {
    const end = this.#text.indexOf("\n", offset)
    const rest = this.#text.slice(offset, end < 0 ? undefined : end).trim()
    return rest === "" ? "the end of a line" : `\`${rest.slice(0, 40)}\``
  }

  #find(path: ReadonlyArray<PropertyKey>): Place {
    let place: Place = { at: 0, keyAt: 0, node: this.#document.contents, missing: false }
    for (const step of path) {
      const child = childOf(place.node, step)
      if (child === undefined) return { ...place, at: place.keyAt, node: null, missing: true }
      const keyAt = startOf(child.key) ?? startOf(child.value) ?? place.keyAt
      place = { at: startOf(child.value) ?? keyAt, keyAt, node: child.value, missing: false }
    }
    return place
  }
}

interface Place {
  /** Offsets of the value and of its key. */
  readonly at: number
  readonly keyAt: number
  readonly node: Node | null
  readonly missing: boolean
}

const knownKeys = "only the keys that the comment at the top of topics.yaml explains"

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined)

const childOf = (
  node: Node | null,
  step: PropertyKey
): { readonly key: unknown; readonly value: Node | null } | undefined => {
  if (isMap(node)) {
    const pair = node.items.find((item: Pair) => isPair(item) && isScalar(item.key) && item.key.value === step)
    return pair === undefined ? undefined : { key: pair.key, value: isNode(pair.value) ? pair.value : null }
  }
  if (isSeq(node)) {
    const value = node.items[Number(step)]
    return value === undefined ? undefined : { key: undefined, value: isNode(value) ? value : null }
  }
  return undefined
}

const shown = (node: Node | null): string => {
  if (isMap(node)) return "a mapping"
  if (isSeq(node))
    return `the list [${node.items.map((item) => (isScalar(item) ? String(item.value) : "…")).join(", ")}]`
  if (isScalar(node)) return node.value === null ? "nothing" : `\`${String(node.value).slice(0, 60)}\``
  return "nothing"
}
