import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** The script that a package declares as its command. */
const bin = (root, name, command) => {
  const folder = join(root, "node_modules", ...name.split("/"))
  const declared = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).bin
  return join(folder, typeof declared === "string" ? declared : declared[command])
}

const vitest = (root, projects, args) => ({
  title: `tests (${projects.join(", ")})`,
  script: bin(root, "vitest", "vitest"),
  args: ["run", ...projects.flatMap((project) => ["--project", project]), ...args]
})

const service = (root, name, args) => ({ title: name, script: join(root, "packages", name, "src", "main.ts"), args })

const checks = (root) => [
  { title: "format and lint", script: bin(root, "@biomejs/biome", "biome"), args: ["ci", "."] },
  { title: "types", script: bin(root, "typescript", "tsc"), args: ["-p", join(root, "tsconfig.json")] },
  {
    title: "types of the page",
    script: bin(root, "typescript", "tsc"),
    args: ["-p", join(root, "packages", "dashboard", "tsconfig.json")]
  },
  {
    title: "Effect rules",
    script: bin(root, "@effect/tsgo", "effect-tsgo"),
    args: ["diagnostics", "--project", join(root, "tsconfig.json"), "--severity", "error,warning", "--strict"]
  },
  vitest(root, ["repository"], []),
  {
    title: "known vulnerabilities",
    script: join(root, "tests", "repository", "auditDependencies.ts"),
    args: []
  }
]

/** What each task runs, one after the other; a task with several steps runs all of them and reports each. */
const tasks = {
  start: (root, args) => [service(root, "local", args)],
  millrace: (root, args) => [service(root, "cli", args)],
  test: (root, args) => [vitest(root, ["unit", "repository", "integration"], args)],
  "test:unit": (root, args) => [vitest(root, ["unit"], args)],
  "test:faults": (root, args) => [vitest(root, ["faults"], args)],
  "test:data": (root, args) => [vitest(root, ["data"], args)],
  "test:browser": (root, args) => [
    {
      title: "types of the browser's tests",
      script: bin(root, "typescript", "tsc"),
      args: ["-p", join(root, "tests", "browser", "tsconfig.json")]
    },
    vitest(root, ["browser"], args)
  ],
  check: (root) => checks(root),
  format: (root) => [
    { title: "format", script: bin(root, "@biomejs/biome", "biome"), args: ["check", "--write", "."] }
  ],
  chaos: (root, args) => [service(root, "chaos", args)],
  simulate: (root, args) => [
    { title: "simulation", script: join(root, "packages", "testkit", "src", "simulate.ts"), args }
  ],
  bench: (root, args) => [{ title: "benchmarks", script: join(root, "benchmarks", "main.ts"), args }]
}

export const taskNames = Object.keys(tasks)

/** Whether the task drives a browser, whose packages nothing else needs. */
export const usesBrowser = (task, args) => task === "test:browser" || (task === "bench" && args[0] === "dashboard")

/** Whether the task starts what serves the page in the browser, so that the page must be there. */
export const servesPage = (task, args) =>
  task === "start" || usesBrowser(task, args) || (task === "millrace" && ["up", "restart", "run"].includes(args[0]))

/** Returns the steps of a task. Throws one clear line when a step's script is not there. */
export const stepsOf = (name, root, args) => {
  const steps = tasks[name](root, args)
  const missing = steps.find((step) => !existsSync(step.script))
  if (missing !== undefined) throw new Error(`${name}: ${missing.script} is missing. Is the checkout complete?`)
  return steps
}
