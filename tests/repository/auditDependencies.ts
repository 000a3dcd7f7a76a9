// Foreign boundary: npm as a process.
import { spawnSync } from "node:child_process"
import { Schema } from "effect"
import accepted from "./acceptedAdvisories.json" with { type: "json" }
import { AcceptedAdvisory, judgeAudit } from "./dependencyAudit.ts"

// Asks the registry that npm is set up with for known vulnerabilities of what is shipped. Ends with 1 only where one of high or
// critical severity is found that acceptedAdvisories.json does not accept; a registry that does not answer is told and passed.

const npm = process.env.npm_execpath?.endsWith("npm-cli.js")
  ? { command: process.execPath, first: [process.env.npm_execpath] }
  : { command: "npm", first: [] }

const asked = spawnSync(
  npm.command,
  [...npm.first, "audit", "--omit=dev", "--json", "--fetch-retries=0", "--fetch-timeout=15000", "--loglevel=silent"],
  { encoding: "utf8", timeout: 60_000, maxBuffer: 64 * 1024 * 1024 }
)
const known = Schema.decodeUnknownSync(Schema.Array(AcceptedAdvisory))(accepted)
const answer = asked.stdout ?? ""
const { lines, verdict } = judgeAudit(
  answer.trim() === "" ? (asked.error?.message ?? asked.stderr ?? "") : answer,
  known,
  new Date().toISOString().slice(0, 10)
)
for (const line of lines) process.stdout.write(`${line}\n`)
process.exitCode = verdict === "vulnerable" ? 1 : 0
