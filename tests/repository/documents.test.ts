/** What is written can be followed: links lead somewhere, nothing points outside. */
import { posix } from "node:path"
import { assert, it } from "@effect/vitest"
import { allPaths, filesMatching, none, read, type SourceFile } from "./sourceTree.ts"

const documents = filesMatching(/\.md$/u)
const known = new Set(allPaths)
const folders = new Set(allPaths.flatMap((path) => path.split("/").map((_, n, parts) => parts.slice(0, n).join("/"))))

const proseOf = (file: SourceFile): string => file.text.replace(/^```[\s\S]*?^```/gmu, "").replace(/`[^`\n]*`/gu, "")

/** Anchors of a page's headings, as code hosts make them. */
const anchorsOf = (file: SourceFile): ReadonlySet<string> =>
  new Set(
    [...file.text.matchAll(/^#{1,6} (.+)$/gmu)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replace(/\s/gu, "-")
    )
  )

const isBroken = (from: SourceFile, link: string): boolean => {
  const [path, anchor] = link.split("#")
  const target =
    path === "" ? from.path : posix.normalize(posix.join(posix.dirname(from.path), path!)).replace(/\/$/u, "")
  if (!known.has(target)) return !folders.has(target)
  return anchor !== undefined && target.endsWith(".md") && !anchorsOf(read(target)).has(anchor)
}

it("every link within the repository leads somewhere", () => {
  const broken = documents.flatMap((file) =>
    [...proseOf(file).matchAll(/\]\(([^)\s]+)\)/gu)]
      .map(([, link]) => link!)
      .filter((link) => !/^[a-z]+:/u.test(link) && isBroken(file, link))
      .map((link) => `${file.path} → ${link}`)
  )
  assert.deepStrictEqual(broken, none)
})

it("nothing names a folder of somebody's own machine", () => {
  const texts = filesMatching(/\.(md|ts|mjs|js|json|ya?ml|sh|sql|csv|txt)$|(^|\/)(Dockerfile|run)$/u)
  const own = /\/(?:home|Users|root)\/[\w.-]+/u
  const faults = texts.flatMap((file) => {
    const found = own.exec(file.text)
    return found === null ? [] : [`${file.path} names ${found[0]}`]
  })
  assert.deepStrictEqual(faults, none)
})

it("locked packages name no download address, so that each machine asks its own registry", () => {
  const addresses = [...read("package-lock.json").text.matchAll(/"resolved": "(https?:[^"]+)"/gu)].map(
    ([, url]) => url!
  )
  assert.deepStrictEqual(addresses, none)
})
