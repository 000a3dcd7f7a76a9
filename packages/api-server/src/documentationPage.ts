import { type EndpointNeeds, MillraceApi, needsOf } from "@millrace/api"
import { Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { HttpApi, type HttpApiEndpoint, OpenApi } from "effect/http-api"

const escaped = (text: string): string => text.replace(/[&<>"']/gu, (sign) => `&#${sign.codePointAt(0)};`)

/** A JSON Schema as a line or some, in the words of TypeScript; `$ref`s stay names with a link. */
const shapeOf = (schema: unknown, indent = ""): string => {
  if (typeof schema !== "object" || schema === null) return "anything"
  const node = schema as Readonly<Record<string, unknown>>
  if (typeof node.$ref === "string") return refLink(node.$ref)
  const either = node.anyOf ?? node.oneOf
  if (Array.isArray(either)) return either.map((one) => shapeOf(one, indent)).join(" | ")
  if (Array.isArray(node.enum)) return node.enum.map((one) => escaped(JSON.stringify(one))).join(" | ")
  if (node.type === "array") return `Array&lt;${shapeOf(node.items, indent)}&gt;`
  if (node.type === "object" || node.properties !== undefined) {
    const required = new Set(Array.isArray(node.required) ? node.required : [])
    const inner = `${indent}  `
    const lines = Object.entries((node.properties ?? {}) as Record<string, unknown>).map(
      ([name, value]) => `${inner}${escaped(name)}${required.has(name) ? "" : "?"}: ${shapeOf(value, inner)}`
    )
    return lines.length === 0 ? "{ … }" : `{\n${lines.join("\n")}\n${indent}}`
  }
  const type = String(node.type ?? "anything")
  const bounds = [node.pattern, node.minimum, node.maximum, node.maxLength].some((bound) => bound !== undefined)
  return bounds ? `${type} (${boundsOf(node)})` : type
}

const boundsOf = (node: Readonly<Record<string, unknown>>): string =>
  [
    node.minimum === undefined ? "" : `≥ ${node.minimum}`,
    node.maximum === undefined ? "" : `≤ ${node.maximum}`,
    node.maxLength === undefined ? "" : `at most ${node.maxLength} characters`,
    node.pattern === undefined ? "" : `/${escaped(String(node.pattern))}/`
  ]
    .filter((part) => part !== "")
    .join(", ")

const refLink = (ref: string): string => {
  const name = ref.split("/").at(-1) ?? ref
  return `<a href="#schema-${escaped(name)}">${escaped(name)}</a>`
}

const jsonOf = (content: unknown): unknown =>
  (content as Readonly<Record<string, { readonly schema?: unknown }>> | undefined)?.["application/json"]?.schema

const needed = (needs: EndpointNeeds | undefined): string =>
  needs === undefined
    ? "no sign-in"
    : needs.permission === "none"
      ? "sign-in"
      : `permission ${needs.permission}${needs.of === "installation" ? " for the whole installation" : ""}`

const operationSection = (
  method: string,
  path: string,
  operation: OpenApi.OpenAPISpecOperation,
  needs: EndpointNeeds | undefined
): string => {
  const parameters = operation.parameters.map(
    (one) =>
      `<li><code>${escaped(one.name)}</code> (${one.in}${one.required ? "" : ", optional"}): <code>${shapeOf(one.schema)}</code></li>`
  )
  const body = jsonOf(operation.requestBody?.content)
  const answers = Object.entries(operation.responses).map(([status, answer]) => {
    const schema = jsonOf(answer.content)
    return `<li><b>${status}</b> ${schema === undefined ? "no content" : `<pre>${shapeOf(schema)}</pre>`}</li>`
  })
  return [
    `<section id="${escaped(operation.operationId)}"><h3><code>${method.toUpperCase()} ${escaped(path)}</code></h3>`,
    `<p>${escaped(operation.summary ?? "")} <i>Needs ${needed(needs)}.</i></p>`,
    parameters.length === 0 ? "" : `<ul>${parameters.join("")}</ul>`,
    body === undefined ? "" : `<details open><summary>Body</summary><pre>${shapeOf(body)}</pre></details>`,
    `<details><summary>Answers</summary><ul>${answers.join("")}</ul></details></section>`
  ].join("\n")
}

/** Needs of each endpoint, by its operation's id. */
const needsById = (): ReadonlyMap<string, EndpointNeeds | undefined> => {
  const found = new Map<string, EndpointNeeds | undefined>()
  HttpApi.reflect(MillraceApi, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, group }: { endpoint: HttpApiEndpoint.Top; group: { readonly identifier: string } }) =>
      found.set(`${group.identifier}.${endpoint.identifier}`, needsOf(endpoint))
  })
  return found
}

const page = (): string => {
  const spec = OpenApi.fromApi(MillraceApi)
  const needs = needsById()
  const groups = new Map<string, Array<string>>()
  for (const [path, item] of Object.entries(spec.paths))
    for (const [method, described] of Object.entries(item)) {
      const operation = described as OpenApi.OpenAPISpecOperation
      const tag = operation.tags?.[0] ?? ""
      const section = operationSection(method, path, operation, needs.get(operation.operationId))
      groups.set(tag, [...(groups.get(tag) ?? []), section])
    }
  const schemas = Object.entries(spec.components.schemas).map(
    ([name, schema]) =>
      `<section id="schema-${escaped(name)}"><h3>${escaped(name)}</h3><pre>${shapeOf(schema)}</pre></section>`
  )
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(spec.info.title)} API</title><link rel="stylesheet" href="/api/docs/style.css"></head>
<body>
<h1>${escaped(spec.info.title)} API</h1>
<p>${escaped(spec.info.description ?? "")} The same for programs: <a href="/api/openapi.json">openapi.json</a>.</p>
<nav>${[...groups.keys()].map((tag) => `<a href="#group-${escaped(tag)}">${escaped(tag)}</a>`).join(" ")} <a href="#schemas">schemas</a></nav>
${[...groups].map(([tag, sections]) => `<h2 id="group-${escaped(tag)}">${escaped(tag)}</h2>\n${sections.join("\n")}`).join("\n")}
<h2 id="schemas">schemas</h2>
${schemas.join("\n")}
</body>
</html>
`
}

const style = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h2 { border-bottom: 1px solid; margin-top: 3rem; }
pre { overflow-x: auto; padding: .5rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .25rem; }
nav a { margin-right: 1rem; }
ul { padding-left: 1.25rem; }
`

/** `/api/docs`: the API for people, rendered here, without a script; `/api/openapi.json` is the same for programs. */
export const documentationPage = Layer.suspend(() => {
  const html = HttpServerResponse.html(page())
  const css = HttpServerResponse.text(style, { contentType: "text/css; charset=utf-8" })
  return Layer.mergeAll(HttpRouter.add("GET", "/api/docs", html), HttpRouter.add("GET", "/api/docs/style.css", css))
})
