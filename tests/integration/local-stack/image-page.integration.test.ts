// What the image's first stage does is carried out here without an engine: its files as infra/Dockerfile.dockerignore lets them
// through, its build command word for word. Only the packages are those of the checkout and not fetched anew.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { checkoutFolder } from "../../../packages/local/src/index.ts"
import { runCommand } from "../../../packages/local/src/runCommand.ts"

const dockerfile = readFileSync(join(checkoutFolder, "infra", "Dockerfile"), "utf8")

/** Files and folders that the first stage takes. */
const taken = [...(dockerfile.split("\nFROM ")[1] ?? "").matchAll(/^COPY (.+) \S+$/gmu)].flatMap(([, names]) =>
  (names ?? "").split(" ")
)

/** Names that the build never sees, at any depth. */
const ignored = readFileSync(join(checkoutFolder, "infra", "Dockerfile.dockerignore"), "utf8").split("\n")
const left = ignored.flatMap((line) => (/^\*\*\/[\w-]+$/u.test(line) ? [line.slice(3)] : []))

const context = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = mkdtempSync(join(tmpdir(), "millrace image "))
    for (const name of taken) {
      cpSync(join(checkoutFolder, name), join(folder, name), {
        recursive: true,
        filter: (path) => !left.includes(basename(path))
      })
    }
    const modules = join(checkoutFolder, "node_modules")
    mkdirSync(join(folder, "node_modules", "@millrace"), { recursive: true })
    for (const name of readdirSync(modules).filter((one) => one !== "@millrace" && !one.startsWith("."))) {
      symlinkSync(join(modules, name), join(folder, "node_modules", name))
    }
    for (const name of readdirSync(join(folder, "packages"))) {
      symlinkSync(join(folder, "packages", name), join(folder, "node_modules", "@millrace", name))
    }
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** @guarantee operation: The image of docker-compose.yml brings the dashboard with it
 * @how its build command is run here as a process, on the files that the build would see
 */
it.live("builds the page of the image from the files that its build sees", () =>
  Effect.gen(function* () {
    assert.include(left, "node_modules")
    assert.include(left, "dist")
    for (const name of taken) assert.include(ignored, `!${name}`)
    const folder = yield* context
    const [, command = ""] = /^RUN node (node_modules\/vite.*)$/mu.exec(dockerfile) ?? []
    const { code, lines } = yield* runCommand(process.execPath, command.split(" "), {
      cwd: folder,
      env: { PATH: process.env.PATH ?? "" }
    })
    assert.strictEqual(code, 0, lines.slice(-5).join(" | "))
    const [, built = ""] = /^COPY --from=page \/millrace\/(\S+) /mu.exec(dockerfile) ?? []
    assert.include(readFileSync(join(folder, built, "index.html"), "utf8"), "__CSP_NONCE__")
    assert.isNotEmpty(readdirSync(join(folder, built, "assets")))
    assert.include(dockerfile, `ENV CONTROL_API_DASHBOARD_DIR=/millrace/${built}`)
    assert.isFalse(existsSync(join(folder, "packages", "dashboard", "test")), "tests stay out")
  }).pipe(Effect.scoped)
)
