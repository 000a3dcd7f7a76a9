import { Effect, Exit, Scope } from "effect"
import type { TestProject } from "vitest/node"
import { checkoutFolder, type StackAddresses, startStack } from "../../packages/local/src/index.ts"

declare module "vitest" {
  export interface ProvidedContext {
    /** The stack that all scenarios of this run share. */
    readonly stack: StackAddresses
  }
}

/**
 * Finds or starts the stack once for all scenarios, in `.millrace/test`; a stack that already runs there is used, so that
 * `node packages/local/src/stackMain.ts --data .millrace/test` saves the start of repeated runs.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const scope = await Effect.runPromise(Scope.make())
  const dataFolder = process.env.MILLRACE_TEST_DATA ?? `${checkoutFolder}.millrace/test`
  const stack = await Effect.runPromise(
    startStack({ dataFolder, quickJvm: true, join: true }).pipe(Scope.provide(scope))
  )
  project.provide("stack", stack)
  return () => Effect.runPromise(Scope.close(scope, Exit.void))
}
