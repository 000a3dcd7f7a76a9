// Every npm script passes through here: node infra/bootstrap.mjs <task> [arguments]. Runs on Node 18 and newer.
//
// Outline: install by the lock file when needed; find Node 24 or fetch it once; build the page where the task serves it and
// its sources changed; run the task's steps.
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { buildDashboard } from "./buildDashboard.mjs"
import { findNode } from "./findNode.mjs"
import { installDependencies } from "./install.mjs"
import { runProgram } from "./runProgram.mjs"
import { servesPage, stepsOf, taskNames, usesBrowser } from "./tasks.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const runSteps = async (node, steps) => {
  const codes = []
  for (const { title, script, args } of steps) {
    if (steps.length > 1) console.log(`\n== ${title}`)
    codes.push(await runProgram(node, root, script, args))
  }
  if (steps.length > 1) {
    console.log("")
    steps.forEach(({ title }, index) => {
      console.log(`${codes[index] === 0 ? "ok    " : "FAILED"} ${title}`)
    })
  }
  return codes.find((code) => code !== 0) ?? 0
}

const main = async () => {
  const [task, ...args] = process.argv.slice(2)
  if (task === undefined || !taskNames.includes(task)) {
    console.error(
      `Unknown task ${task === undefined ? "(none)" : `"${task}"`}: expected one of ${taskNames.join(", ")}.`
    )
    return 2
  }
  await installDependencies(root)
  const node = await findNode()
  if (usesBrowser(task, args)) await installDependencies(join(root, "tests", "browser"))
  if (servesPage(task, args)) await buildDashboard(root, node)
  return runSteps(node, stepsOf(task, root, args))
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    console.error(error.message)
    process.exitCode = 1
  }
)
