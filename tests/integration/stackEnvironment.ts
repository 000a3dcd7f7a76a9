import { inject } from "vitest"
import { toEnvironment } from "../../packages/local/src/StackAddresses.ts"
import "./startStackOnce.ts"

// Scenarios and the services that they start find the stack as in production: by their environment.
Object.assign(process.env, toEnvironment(inject("stack")))
