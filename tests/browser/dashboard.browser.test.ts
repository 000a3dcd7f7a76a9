// Foreign boundary: drives a real browser.
/**
 * The dashboard in a real Chromium on the real pipeline: control-api serves the built page, and every figure comes by its
 * API. Who uses it: the first administrator, an operator of another workspace, somebody with a phone, somebody without a
 * mouse.
 */

import { Effect } from "effect"
import type { Browser, Page } from "playwright-core"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import { assertAccessible, assertNoSidewaysScroll, launchChromium, shots, watchFaults } from "./Chromium.ts"
import {
  askAs,
  chooseWorkspace,
  type DashboardRun,
  followLink,
  openBrowser,
  password,
  sendUnreadable,
  signIn,
  startDashboardRun
} from "./DashboardRun.ts"

let run: DashboardRun
let browser: Browser
let page: Page
let faults: ReadonlyArray<string>

beforeAll(async () => {
  run = await startDashboardRun()
  browser = await launchChromium()
  page = await (await openBrowser(browser)).newPage()
  page.setDefaultTimeout(20_000)
  faults = watchFaults(page)
})

afterAll(async () => {
  await browser?.close()
  await run?.stop()
})

const open = (path: string) => page.goto(`${run.apiUrl}${path}`)

/** A page is shown once its title is. */
const shown = (name: string) => page.getByRole("heading", { name, level: 1 }).waitFor()

describe("the dashboard", () => {
  afterEach(async ({ task }) => {
    const folder = process.env.MILLRACE_BROWSER_FAILURES
    if (task.result?.state === "fail" && folder !== undefined)
      await page.screenshot({ path: `${folder}/${task.name.slice(0, 30)}.png` })
  })

  it("asks nobody in without a sign-in, and makes who follows the first link administrator", async () => {
    await open("/")
    await shown("Sign in")
    await page.screenshot({ path: `${shots}/sign-in.png` })
    await signIn(page, "root@example.org", "wrong")
    await page.getByText("E-mail address or password is wrong").waitFor()
    // A stack that stays between runs knows the administrator of the first of them.
    if (run.firstAdmin === undefined) await signIn(page, "root@example.org", password)
    else await followLink(page, run.firstAdmin, { email: "root@example.org", name: "Root" })
    await shown("Overview")
  })

  /** @guarantee operation: The dashboard shows what changes without being loaded again
   * @how the overview comes as server-sent events, from the processes' own reports */
  it("shows services and lanes as they change, without being loaded again", async () => {
    await page.getByText("Live", { exact: true }).waitFor()
    for (const service of ["control-api", "market-data", "margin-monitor", "automation-executor", "scheduler"])
      await page.getByRole("cell", { name: service }).first().waitFor()
    const ticks = page.getByRole("row").filter({ hasText: "market-ticks" }).filter({ hasText: "margin-monitor" })
    await ticks.waitFor()
    const before = await ticks.textContent()
    await Effect.runPromise(run.control.startFeed)
    await page.waitForFunction(
      ({ before, topic, worker }) =>
        [...document.querySelectorAll("tr")].some(
          ({ textContent: text }) => text?.includes(topic) && text.includes(worker) && text !== before
        ),
      { before, topic: "market-ticks", worker: "margin-monitor" },
      { timeout: 30_000 }
    )
  })

  it("shows accounts with their positions, the price and the triggers on it", async () => {
    await chooseWorkspace(page, run.plan.runId)
    await page.getByRole("link", { name: "Trading" }).click()
    await page.getByRole("link", { name: "Ada Lovelace" }).click()
    await shown("Ada Lovelace")
    await page.getByRole("img", { name: /Price of btc_usd/u }).waitFor()
    await page.getByRole("cell", { name: /close the position at margin loss 50 %/u }).waitFor()
    await page.getByRole("cell", { name: /close the position$/u }).waitFor()
    await page.screenshot({ path: `${shots}/account.png` })
  })

  /** @guarantee operation: The kill switch of the dashboard stops an account, and lifting it lets it trade again
   * @how set and lifted in a browser, told to the workers by controls */
  it("stops an account once somebody typed the word, and lets it trade again", async () => {
    await page.getByRole("button", { name: "Kill switch" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByLabel(/^Halt:/u).check()
    const stop = dialog.getByRole("button", { name: "Stop trading" })
    assert.isTrue(await stop.isDisabled(), "without the word")
    await dialog.getByLabel("Why").fill("a drill")
    await dialog.getByLabel("Type STOP to confirm").fill("STOP")
    await page.screenshot({ path: `${shots}/kill-switch.png` })
    await stop.click()
    await dialog.waitFor({ state: "hidden" })
    await page.getByText("halted").first().waitFor()
    await page.getByRole("link", { name: "Back to the accounts" }).click()
    await page.getByRole("tab", { name: "Kill switches" }).click()
    await page.getByRole("cell", { name: "a drill" }).waitFor()
    await page.getByRole("button", { name: "Lift" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Lift" }).click()
    await page.getByText("No switch is set: everything trades.").waitFor()
  })

  it("switches a rule to a dry run, which the workers' own state then shows", async () => {
    await page.getByRole("tab", { name: "Accounts" }).click()
    await page.getByRole("link", { name: "Ben Bitdiddle" }).click()
    await shown("Ben Bitdiddle")
    const dry = page.getByRole("switch", { name: /runs dry/u })
    const was = await dry.isChecked()
    await page.locator("label", { has: dry }).click()
    await page.waitForFunction((was) => {
      const field = document.querySelector<HTMLInputElement>('input[aria-label$="runs dry"]')
      return field !== null && !field.disabled && field.checked !== was
    }, was)
    await page.reload()
    await shown("Ben Bitdiddle")
    assert.strictEqual(await page.getByRole("switch", { name: /runs dry/u }).isChecked(), !was)
  })

  /** @guarantee operation: Dead letters are sent back from the dashboard after a look at which they are
   * @how a record that nobody can read, set aside by the executor, shown with its cause, previewed and replayed */
  it("shows a dead letter by its cause, previews its replay, and sends it back", async () => {
    await Effect.runPromise(sendUnreadable(run))
    await page.getByRole("link", { name: "Dead letters" }).click()
    await page.getByRole("link", { name: "automation-commands" }).click({ timeout: 60_000 })
    await page.getByRole("button", { name: "Replay" }).first().click()
    const dialog = page.getByRole("dialog", { name: "Send back to their lanes?" })
    await dialog.getByText(/letters? go(es)? back/u).waitFor()
    await page.screenshot({ path: `${shots}/replay.png` })
    await dialog.getByRole("button", { name: "Replay" }).click()
    await dialog.getByText(/^Sent \d+ letters? back\./u).waitFor({ timeout: 60_000 })
    await dialog.getByRole("button", { name: "Close" }).last().click()
  })

  /** @guarantee operation: Who signs in for one workspace sees nothing of another one in the dashboard
   * @how two people in two browsers, also by the address of what the other one has */
  it("shows the operator of another workspace nothing of this one", async () => {
    const accountId = run.plan.accountIdOf("ada")
    const other = `${run.plan.runId}-other`
    assert.strictEqual((await askAs(page, "/api/workspaces", { workspaceId: other, name: "Other" })).status, 201)
    await page.reload()
    await chooseWorkspace(page, other)
    const added = await askAs(page, "/api/users", {
      email: `op@${other}.org`,
      name: "Op",
      role: "operator",
      granted: []
    })
    assert.strictEqual(added.status, 201)
    const { link } = added.json as { link: { url: string } }
    const context = await openBrowser(browser)
    const theirs = await context.newPage()
    await followLink(theirs, link.url)
    await theirs.getByRole("link", { name: "Trading" }).click()
    await theirs.getByText("This workspace has no account.").waitFor()
    assert.strictEqual(await theirs.getByRole("button", { name: "Kill switch" }).count(), 0)
    await theirs.goto(`${run.apiUrl}/trading/accounts/${accountId}`)
    await theirs.getByText("There is no such thing in this workspace.").waitFor()
    assert.notInclude(await theirs.content(), "Ada Lovelace")
    await context.close()
    await chooseWorkspace(page, run.plan.runId)
  })

  const pages = () => [
    ["/", "Overview"],
    ["/trading", "Trading"],
    ["/trading/positions", "Trading"],
    ["/trading/switches", "Trading"],
    ["/dead-letters", "Dead letters"],
    ["/dead-letters/automation-commands", "automation-commands"],
    [`/trading/accounts/${run.plan.accountIdOf("ada")}`, "Ada Lovelace"]
  ]

  it.each(["light", "dark"] as const)("has no serious fault of accessibility in the %s scheme", async (colorScheme) => {
    await page.emulateMedia({ colorScheme })
    for (const [path, title] of pages()) {
      await open(path!)
      await shown(title!)
      await page.locator("[role=status] .mantine-Skeleton-root").first().waitFor({ state: "detached" })
      await assertAccessible(page)
      if (path === "/") await page.screenshot({ path: `${shots}/overview-${colorScheme}.png` })
      if (path === "/trading/positions") await page.screenshot({ path: `${shots}/positions-${colorScheme}.png` })
    }
  })

  it("fits a phone, its tables as cards", async () => {
    await page.setViewportSize({ width: 375, height: 780 })
    for (const [path, title] of pages()) {
      await open(path!)
      await shown(title!)
      await assertNoSidewaysScroll(page)
    }
    await page.screenshot({ path: `${shots}/account-phone.png` })
    await page.getByRole("button", { name: "Menu" }).click()
    await page.getByRole("link", { name: "Overview" }).click()
    await shown("Overview")
    await page.screenshot({ path: `${shots}/overview-phone.png` })
    await page.setViewportSize({ width: 1280, height: 860 })
  })

  it("can be used by keyboard alone: skip link, menu by name, focus on the new page", async () => {
    await open("/")
    await shown("Overview")
    await page.keyboard.press("Tab")
    assert.strictEqual(await page.evaluate(() => document.activeElement?.textContent), "Skip to the content")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Control+k")
    await page.getByLabel("Type part of a page's name").fill("trad")
    await page.keyboard.press("Enter")
    await shown("Trading")
    await page.waitForFunction(() => document.activeElement?.id === "content")
  })

  it("speaks Portuguese with those whose browser does, and with those who choose it", async () => {
    await page.getByRole("button", { name: /Appearance/u }).click()
    await page.getByRole("menuitem", { name: "Portuguese (Brazil)" }).click()
    await shown("Operações")
    assert.strictEqual(await page.evaluate(() => document.documentElement.lang), "pt-BR")
    const context = await openBrowser(browser, { locale: "pt-BR" })
    const theirs = await context.newPage()
    await theirs.goto(run.apiUrl)
    await theirs.getByRole("heading", { name: "Entrar" }).waitFor()
    await context.close()
  })

  it("had no fault on the way, and no style or script that the policy refused", () => {
    assert.deepStrictEqual(faults, [])
  })
})
