#!/usr/bin/env node
// Runs on an older Node, too: the bootstrap goes on with a fitting one.
import { fileURLToPath } from "node:url"

const bootstrap = new URL("../../../infra/bootstrap.mjs", import.meta.url)
process.argv.splice(1, 1, fileURLToPath(bootstrap), "millrace")
await import(bootstrap.href)
