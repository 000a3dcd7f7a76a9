import { relative } from "node:path"
import type { Reporter, TestCase, TestModule, TestRunEndReason, Vitest } from "vitest/node"
import { type Guarantee, type Proof, readGuarantees } from "./repository/guarantees.ts"
import { root } from "./repository/sourceTree.ts"

/** Names of a test and of the groups around it. */
const namesOf = (test: TestCase): ReadonlyArray<string> => {
  const names = [test.name]
  for (let group = test.parent; group.type === "suite"; group = group.parent) names.push(group.name)
  return names
}

/** A name as the code writes it, `%s` and `${…}` standing for anything. */
const patternOf = (name: string): RegExp => {
  const parts = name.split(/\$\{[^}]*\}|\$\w+|%\w/u).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/gu, "\\$&"))
  return new RegExp(`^${parts.join("[\\s\\S]*")}$`, "u")
}

const testsOf = (proof: Proof, module: TestModule): ReadonlyArray<TestCase> => {
  const tests = [...module.children.allTests()]
  if (proof.name === undefined) return tests
  const pattern = patternOf(proof.name)
  return tests.filter((test) => namesOf(test).some((name) => pattern.test(name)))
}

const faultsOf = (row: Guarantee, modules: ReadonlyMap<string, TestModule>): ReadonlyArray<string> =>
  row.proofs.flatMap((proof) => {
    const ran = proof.runIn.flatMap((path) => modules.get(path) ?? [])
    return ran.flatMap((module) => {
      const tests = testsOf(proof, module)
      const where = `${row.section}: ${row.title}\n    ${relative(root, module.moduleId)}`
      if (tests.length === 0) return [`${where} has no test "${proof.name ?? "at all"}"`]
      return tests
        .filter((test) => test.result().state !== "passed")
        .map((test) => `${where}: "${test.fullName}" ${test.result().state}`)
    })
  })

/**
 * Fails the run when a row of docs/guarantees.md is not proven by it: each test that the row names, in each file that ran,
 * must have run and passed. Says nothing about files that were not asked for, nor about runs of chosen tests (`-t`).
 */
export default class GuaranteeReporter implements Reporter {
  private vitest: Vitest | undefined

  onInit(vitest: Vitest): void {
    this.vitest = vitest
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, _errors: ReadonlyArray<unknown>, reason: TestRunEndReason): void {
    if (reason === "interrupted" || this.vitest?.config.testNamePattern !== undefined) return
    const ran = new Map(modules.map((module) => [relative(root, module.moduleId), module]))
    const { rows } = readGuarantees()
    const faults = rows.flatMap((row) => faultsOf(row, ran))
    if (faults.length === 0) return
    process.exitCode = 1
    process.stderr.write(`\nGuarantees that this run does not prove (docs/guarantees.md):\n  ${faults.join("\n  ")}\n`)
  }
}
