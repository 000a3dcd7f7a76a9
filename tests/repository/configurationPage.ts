import { codeOf, filesMatching, packages, type SourceFile } from "./sourceTree.ts"

/** One setting, as its declaration in the code says it. */
export interface Setting {
  readonly name: string
  readonly type: string
  readonly initial: string
  readonly effect: string
}

const prefixOf = (text: string): string => {
  const nested = /Config\.nested\("([A-Z0-9_]+)"\)/u.exec(text)?.[1]
  return nested === undefined ? "" : `${nested}_`
}

const types: Readonly<Record<string, string>> = {
  Array: "list, by commas",
  Boolean: "true, false",
  Duration: "duration",
  Finite: "number",
  Int: "whole number",
  LogLevel: "log level",
  NonEmptyString: "text",
  Port: "port",
  Redacted: "secret",
  String: "text",
  URL: "URL",
  schema: "JSON"
}

const units: Readonly<Record<string, string>> = {
  millis: "ms",
  seconds: "s",
  minutes: "min",
  hours: "h",
  days: "days"
}

const typeOf = (declaration: string): string => {
  const choices = /Config\.Literals\(\[([^\]]+)\]/u.exec(declaration)?.[1]
  if (choices !== undefined) return choices.replace(/"/gu, "")
  if (declaration.startsWith("port(")) return "port"
  if (declaration.includes("pem(")) return "PEM or path"
  const kinds = [...declaration.matchAll(/Config\.([A-Za-z]+)\(/gu)].map(([, kind]) => types[kind!])
  return kinds.find((type) => type !== undefined) ?? "text"
}

const shown = (value: string): string => {
  const [, unit, amount] = /^Duration\.(\w+)\(([\d_.]+)\)$/u.exec(value) ?? []
  if (unit !== undefined) return `${amount} ${units[unit] ?? unit}`
  if (value === "[]" || value === 'Redacted.make("")') return "none"
  if (/^[\d_* .]+$/u.test(value)) {
    const product = value.split("*").reduce((sum, factor) => sum * Number(factor.replaceAll("_", "")), 1)
    return product.toLocaleString("en-US")
  }
  return value.replace(/ as const$/u, "").replace(/"/gu, "")
}

const initialOf = (declaration: string): string => {
  const value = /withDefault\(((?:[^()]|\([^()]*\))*)\)/u.exec(declaration)?.[1]
  if (value !== undefined) return shown(value)
  return /Config\.option|optional\(|^port\(/u.test(declaration) ? "none" : "required"
}

const parts = /\/\*\*([\s\S]*?)\*\/|^ +\w+: ((?:Config|optional|port)\b[\s\S]*?)(?=^ *(?:\/\*\*|\w+: |\}))/gmu

/** Settings that a file declares; one without a comment of its own belongs to the comment above it. */
const settingsOf = (file: SourceFile): ReadonlyArray<Setting> => {
  const prefix = prefixOf(file.text)
  let effect = ""
  return [...file.text.matchAll(parts)].flatMap(([, comment, declaration]) => {
    if (comment !== undefined) effect = comment.replace(/\s*\n\s*\*\s*/gu, " ").trim()
    const name = declaration === undefined ? undefined : /"([A-Z][A-Z0-9_]+)"/u.exec(declaration)?.[1]
    if (declaration === undefined || name === undefined) return []
    return [{ name: prefix + name, type: typeOf(declaration), initial: initialOf(declaration), effect }]
  })
}

const declaring = (name: string) =>
  filesMatching(new RegExp(`^packages/${name}/src/\\w+\\.ts$`, "u")).filter((file) =>
    /export const \w*Config = Config\.all/u.test(file.text)
  )

/** Names of all settings that the packages read through `Config`, wherever they do. */
export const namesInCode: ReadonlyArray<string> = filesMatching(/^packages\/[^/]+\/src\/.*\.ts$/u).flatMap((file) => {
  const code = codeOf(file)
  const reading = code.split("\n").filter((line) => /\bConfig\.|\bport\("/u.test(line) && !/Config\.nested/u.test(line))
  const prefix = prefixOf(code)
  return reading.flatMap((line) => [...line.matchAll(/"([A-Z][A-Z0-9_]{2,})"/gu)].map(([, name]) => prefix + name!))
})

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const table = (settings: ReadonlyArray<Setting>): ReadonlyArray<string> => {
  const rows = [
    ["name", "type", "default", "effect"],
    ...settings.map(({ name, type, initial, effect }) => [`\`${name}\``, type, initial, effect.replaceAll("|", "\\|")])
  ]
  const widths = rows[0]!.map((_, n) => Math.max(...rows.map((cells) => cells[n]!.length)))
  const lines = rows.map((cells) => row(cells.map((cell, n) => cell.padEnd(widths[n]!))))
  return [lines[0]!, row(widths.map((width) => "-".repeat(width))), ...lines.slice(1)]
}

/** The part of docs/configuration.md that follows from the code: a table for each package, in the order of the data. */
export const settingsTables = (): string =>
  packages
    .map(({ name }) => ({ name, settings: declaring(name).flatMap(settingsOf) }))
    .filter(({ settings }) => settings.length > 0)
    .map(({ name, settings }) => [`## ${name}`, "", ...table(settings)].join("\n"))
    .join("\n\n")
