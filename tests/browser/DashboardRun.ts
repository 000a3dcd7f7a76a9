// Foreign boundary: starts the pipeline for tests that are promises, as a browser's driver is.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Scope } from "effect"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { assert, inject } from "vitest"
import { automationCommands, partitionOf, TopicsFile } from "../../packages/contracts/src/index.ts"
import { KafkaClient } from "../../packages/kafka/src/index.ts"
import { toEnvironment } from "../../packages/local/src/StackAddresses.ts"
import { type RunScenario, startFeedRun } from "../../packages/testkit/src/index.ts"
import { candlesOf } from "../integration/pipelineRun.ts"
import "../integration/startStackOnce.ts"

export const password = "correct horse battery"

/** One long position of an account at 10x, closed at half of its margin lost: below 57,142 when opened at 60,000. */
const scenario: RunScenario = {
  accounts: [
    { id: "ada", name: "Ada Lovelace", balance: 5_000_000 },
    { id: "ben", name: "Ben Bitdiddle", balance: 5_000_000 }
  ],
  positions: [
    { id: "ada-long", account: "ada", side: "buy", quantity: 1_000, leverage: 10 },
    { id: "ben-long", account: "ben", side: "buy", quantity: 500, leverage: 5 }
  ],
  rules: [
    { id: "ada-guard", account: "ada", kind: "margin_guard", threshold: 0.5, action: "close_position" },
    { id: "ben-guard", account: "ben", kind: "margin_guard", threshold: 0.6, action: "close_position" }
  ]
}

/** A price that wanders for as long as tests look at it, and never far enough for a rule to act. */
const prices = Array.from(
  { length: 600 },
  (_, n) => 60_000 + Math.round(400 * Math.sin(n / 4) + 150 * Math.sin(n / 1.7))
)

/** Waits until a server answers: where an administrator is known already, the run does not wait for its API. */
const answers = async (url: string): Promise<void> => {
  const answered = () =>
    fetch(url).then(
      () => true,
      () => false
    )
  while (!(await answered())) await new Promise((resolve) => setTimeout(resolve, 100))
}

/** The pipeline on real servers with its dashboard, by default with this scenario and these prices. Ends with `stop`. */
export const startDashboardRun = async (given: { readonly scenario?: RunScenario } = {}) => {
  const scope = await Effect.runPromise(Scope.make())
  const dataFolder = mkdtempSync(join(tmpdir(), "millrace browser "))
  const stack = inject("stack")
  const run = await Effect.runPromise(
    startFeedRun({ stack, dataFolder, scenario, ...given, candles: candlesOf(prices), speed: 4 }).pipe(
      Scope.provide(scope)
    )
  )
  const stop = async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    rmSync(dataFolder, { recursive: true, force: true })
  }
  await answers(run.apiUrl)
  return { ...run, environment: toEnvironment(stack), stop }
}

export type DashboardRun = Awaited<ReturnType<typeof startDashboardRun>>

/** Writes a command of Ada's account that no version can read, about this subject. */
export const sendUnreadable = ({ clients, plan }: DashboardRun, value = "not a command", subject = "none") =>
  Effect.scoped(
    Effect.gen(function* () {
      const { producer } = yield* KafkaClient
      const { send } = yield* producer({ clientId: "browser-test" })
      const topics = yield* TopicsFile
      const name = `${plan.accountIdOf("ada")}/${subject}`
      const partition = partitionOf(automationCommands, name, topics.topic("automation-commands")?.partitions ?? 1)
      const key = new TextEncoder().encode(name)
      const headers = { "workspace-id": new TextEncoder().encode(plan.runId) }
      yield* send([{ topic: "automation-commands", partition, key, value: new TextEncoder().encode(value), headers }])
    })
  ).pipe(Effect.provideContext(clients))

/** A browser of somebody, with nothing kept from before. */
export const openBrowser = (browser: Browser, more: { readonly locale?: string; readonly width?: number } = {}) =>
  browser.newContext({
    locale: more.locale ?? "en-US",
    timezoneId: "UTC",
    viewport: { width: more.width ?? 1280, height: 860 },
    reducedMotion: "reduce"
  })

/** Follows a link that works once, and chooses a password. */
export const followLink = async (page: Page, url: string, name?: { readonly email: string; readonly name: string }) => {
  await page.goto(url)
  if (name !== undefined) {
    await page.getByLabel("E-mail address").fill(name.email)
    await page.locator("input[name=name]").fill(name.name)
  }
  await page.getByLabel("New password").fill(password)
  await page.getByLabel("Repeat the password").fill(password)
  await page.getByRole("button", { name: "Set the password" }).click()
  await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor()
}

/** Signs in with the form. */
export const signIn = async (page: Page, email: string, secret: string) => {
  await page.getByLabel("E-mail address").fill(email)
  await page.locator("input[name=password]").fill(secret)
  await page.getByRole("button", { name: "Sign in" }).click()
}

/** Signs the first administrator in, who is made with the first run on a stack. */
export const enterAsRoot = async (page: Page, { apiUrl, firstAdmin }: DashboardRun) => {
  if (firstAdmin !== undefined) return followLink(page, firstAdmin, { email: "root@example.org", name: "Root" })
  await page.goto(apiUrl)
  await signIn(page, "root@example.org", password)
  await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor()
}

/** Adds a member to the workspace that the page is in, who follows his link in a browser of his own. */
export const enterAsMember = async (
  page: Page,
  browser: Browser,
  {
    granted = [],
    name,
    role
  }: { readonly name: string; readonly role: string; readonly granted?: ReadonlyArray<string> }
) => {
  const email = `${name}-${Date.now().toString(36)}@example.org`
  const added = await askAs(page, "/api/users", { email, name, role, granted })
  assert.strictEqual(added.status, 201, JSON.stringify(added.json))
  const { link } = added.json as { link: { url: string } }
  const context = await openBrowser(browser)
  const theirs = await context.newPage()
  theirs.setDefaultTimeout(20_000)
  await followLink(theirs, link.url)
  return { email, page: theirs, close: () => context.close() }
}

/** Makes a workspace and opens it. */
export const makeWorkspace = async (page: Page, workspaceId: string, name: string) => {
  const made = await askAs(page, "/api/workspaces", { workspaceId, name })
  assert.strictEqual(made.status, 201, JSON.stringify(made.json))
  await page.reload()
  await chooseWorkspace(page, workspaceId)
}

/** Asks the API as the page would, with its session. */
export const askAs = (page: Page, path: string, json?: unknown) =>
  page.evaluate(
    async ({ body, url }) => {
      const session = (await (await fetch("/api/session")).json()) as { csrfToken: string }
      const headers = { "content-type": "application/json", "x-csrf-token": session.csrfToken }
      const answer = await fetch(url, body === undefined ? {} : { method: "POST", headers, body })
      return { status: answer.status, json: (await answer.json().catch(() => null)) as never }
    },
    { url: path, body: json === undefined ? undefined : JSON.stringify(json) }
  )

/** Chooses a workspace in the menu. */
export const chooseWorkspace = async (page: Page, workspaceId: string) => {
  const choice = page.getByLabel("Workspace", { exact: true })
  await choice.selectOption(workspaceId)
  await page.waitForFunction((id) => document.querySelector("select")?.value === id, workspaceId)
}

export type { BrowserContext }
