// Foreign boundary: drives a real browser.
/**
 * What automation can't end by itself, ended by an operator in a real Chromium: a command of which nobody knows what it did, one
 * that waits while the exchange refuses, and one that was refused for want of money. Then why each rule acted or did not.
 */

import type { Browser, Page } from "playwright-core"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import type { RunScenario } from "../../packages/testkit/src/index.ts"
import { assertUsable, launchChromium, shots, shown, watchFaults } from "./Chromium.ts"
import {
  chooseWorkspace,
  type DashboardRun,
  enterAsMember,
  enterAsRoot,
  makeWorkspace,
  openBrowser,
  startDashboardRun
} from "./DashboardRun.ts"
import { operateExchange } from "./OperatedExchange.ts"

/** Long positions at 60,000 and 10×: their guards act below 57,142 (Ada), 56,604 (Cas) and 56,074 (Ben). */
const scenario: RunScenario = {
  accounts: [
    { id: "ada", name: "Ada Lovelace", balance: 5_000_000 },
    { id: "ben", name: "Ben Bitdiddle", balance: 200_000 },
    { id: "cas", name: "Cas Caro", balance: 5_000_000 }
  ],
  positions: [
    { id: "ada-long", account: "ada", side: "buy", quantity: 1_000, leverage: 10 },
    { id: "ben-long", account: "ben", side: "buy", quantity: 1_000, leverage: 10 },
    { id: "cas-long", account: "cas", side: "buy", quantity: 1_000, leverage: 10 }
  ],
  rules: [
    {
      id: "ada-guard",
      account: "ada",
      kind: "margin_guard",
      threshold: 0.5,
      action: "add_margin",
      add_margin_amount: 100_000
    },
    { id: "cas-guard", account: "cas", kind: "margin_guard", threshold: 0.6, action: "close_position" },
    {
      id: "ben-guard",
      account: "ben",
      kind: "margin_guard",
      threshold: 0.7,
      action: "add_margin",
      add_margin_amount: 100_000
    }
  ]
}

let run: DashboardRun
let exchange: ReturnType<typeof operateExchange>
let browser: Browser
let page: Page
let faults: ReadonlyArray<string>

beforeAll(async () => {
  run = await startDashboardRun({ scenario })
  exchange = operateExchange(run)
  browser = await launchChromium()
  page = await (await openBrowser(browser)).newPage()
  page.setDefaultTimeout(30_000)
  faults = watchFaults(page)
  await enterAsRoot(page, run)
  await chooseWorkspace(page, run.plan.runId)
})

afterAll(async () => {
  await browser?.close()
  await run?.stop()
})

const open = (path: string, at = page) => at.goto(`${run.apiUrl}${path}`)
const rowOf = (account: string) => page.getByRole("row").filter({ hasText: account })
const audited = (text: string | RegExp) =>
  page.getByRole("table", { name: "Audit log" }).getByRole("row").filter({ hasText: text })

describe("commands and explanations", () => {
  afterEach(async ({ task }) => {
    const folder = process.env.MILLRACE_BROWSER_FAILURES
    if (task.result?.state === "fail" && folder !== undefined)
      await page.screenshot({ path: `${folder}/${task.name.slice(0, 30)}.png`, fullPage: true })
  })

  it("has nothing to look after while automation ends everything, and no alarm", async () => {
    await exchange.price(60_000)
    await open("/commands")
    await shown(page, "Commands")
    await page.getByText("Nothing waits for you").waitFor()
    assert.strictEqual(await page.getByRole("link", { name: /unknown/u }).count(), 0)
  })

  /**
   * @guarantee operation: A command of which nobody knows what it did is alarmed on every page, and settled from the dashboard
   * @how the reply to an added margin is lost and funding moves the margin; settled in a browser, told by the executor
   */
  it("alarms an unknown command on every page, and settles it by what the exchange shows", async () => {
    await exchange.holdReply("/isolated/trade/add-margin")
    await exchange.price(56_900)
    await exchange.replyHeld()
    await exchange.funding(0.01)
    await open("/tokens")
    await shown(page, "API tokens")
    const alarm = page.getByRole("link", { name: "1 command is unknown: look at the exchange", exact: true })
    await alarm.waitFor({ timeout: 90_000 })
    assert.include(await page.getByRole("link", { name: /Commands/u }).textContent(), "1", "the badge of the menu")
    await alarm.click()
    await shown(page, "Commands")
    assert.include(page.url(), "status=unknown")
    await page.screenshot({ path: `${shots}/commands-unknown.png` })
    await rowOf("Ada Lovelace").getByRole("link").first().click()
    await shown(page, "Add 100,000 sats of margin")
    await page.getByText(/The exchange's reply was lost/u).waitFor()
    await page.getByText(/Open the exchange, check position/u).waitFor()
    await page.screenshot({ path: `${shots}/command.png`, fullPage: true })
    await page.getByRole("button", { name: "Settle" }).click()
    const dialog = page.getByRole("dialog")
    const settle = dialog.getByRole("button", { name: "Settle" })
    assert.isTrue(await settle.isDisabled(), "without a verdict")
    await dialog.getByLabel("carried out", { exact: true }).check()
    await dialog.getByLabel(/^Why/u).fill("its margin has grown")
    await page.screenshot({ path: `${shots}/settle.png` })
    await settle.click()
    await dialog.waitFor({ state: "hidden" })
    await audited("settledBecause: its margin has grown").waitFor({ timeout: 90_000 })
    await page.getByText("This command is not listed (any more)").waitFor()
    await alarm.waitFor({ state: "detached" })
  })

  /**
   * @guarantee operation: A command that waits is withdrawn from the dashboard, with the reason in the audit log of its workspace
   * @how the exchange refuses to close; withdrawn in a browser, told by the executor
   */
  it("withdraws a command that waits, with a reason", async () => {
    await exchange.refuse("/isolated/trade/close")
    await exchange.price(56_400)
    await open("/commands?status=pending")
    await shown(page, "Commands")
    await rowOf("Cas Caro").getByRole("link").first().click({ timeout: 90_000 })
    await shown(page, "Close the position")
    await page.getByRole("button", { name: "Cancel the command" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByLabel(/^Why/u).fill("a drill of the evening")
    await dialog.getByRole("button", { name: "Cancel the command" }).click()
    await dialog.waitFor({ state: "hidden" })
    await audited("a drill of the evening").waitFor({ timeout: 60_000 })
    await exchange.clearFaults()
    await page.getByText("An operator withdrew the command.").first().waitFor({ timeout: 90_000 })
    assert.strictEqual(await page.getByRole("button", { name: "Cancel the command" }).count(), 0)
  })

  /**
   * @guarantee operation: A refused command is sent anew from the dashboard, once, and what became of it is shown
   * @how an account without the money for its margin; money comes, executed twice in a browser
   */
  it("sends a refused command anew, once, and shows what became of it", async () => {
    await exchange.price(55_900)
    await open("/commands?status=refused")
    await shown(page, "Commands")
    await rowOf("Ben Bitdiddle").getByRole("link").first().click({ timeout: 90_000 })
    await shown(page, "Add 100,000 sats of margin")
    await page.getByText("The account's balance does not cover the amount.").waitFor()
    await exchange.deposit(run.plan.accountIdOf("ben"), 500_000)
    const execute = async () => {
      await page.getByRole("button", { name: "Execute anew" }).click()
      const dialog = page.getByRole("dialog")
      await dialog.getByLabel(/^Why/u).fill("money has come")
      await dialog.getByRole("button", { name: "Execute anew" }).click()
      return dialog
    }
    const dialog = await execute()
    await dialog.getByText("It was sent. What became of it:").waitFor()
    await dialog.getByText("carried out", { exact: true }).waitFor({ timeout: 90_000 })
    await page.screenshot({ path: `${shots}/execute.png` })
    await dialog.getByRole("button", { name: "Close" }).last().click()
    const again = await execute()
    await again.getByText(/It was sent anew before/u).waitFor()
    await again.getByRole("button", { name: "Close" }).last().click()
    await audited("reason: money has come").waitFor()
  })

  /**
   * @guarantee operation: The dashboard tells of any time why a rule did or did not act, in words with the figures used
   * @how a guard before and with the price that it acted on, in a browser over the pipeline's own records
   */
  it("explains why a rule acted, and why it did not before", async () => {
    await open(`/trading/accounts/${run.plan.accountIdOf("ada")}`)
    await shown(page, "Ada Lovelace")
    const fired = page.getByRole("table", { name: "Decisions" }).getByRole("row").filter({ hasText: "It acts." })
    await fired.last().getByRole("link").click()
    await shown(page, `Why did ${run.plan.ruleIdOf("ada-guard")} (not) act?`)
    await page.getByText(/It acted with this price|its command was under way/u).waitFor()
    await page.getByText("acts at 50 % or more").waitFor()
    await page.getByText(/reached, .* beyond/u).waitFor()
    await page.screenshot({ path: `${shots}/explanation.png`, fullPage: true })
    const decidedAt = Number(new URL(page.url()).searchParams.get("at"))
    await page.getByRole("button", { name: "1 min earlier" }).click()
    await page.waitForFunction((at) => new URL(location.href).searchParams.get("at") === String(at), decidedAt - 60_000)
    await open(`/trading/rules/${run.plan.ruleIdOf("ada-guard")}?at=${decidedAt - 86_400_000}`)
    await page.getByText("Nothing was watched at that time").waitFor()
    await page.getByRole("button", { name: "Now" }).click()
    await page
      .getByText(/It (acted|did not act)/u)
      .first()
      .waitFor()
    const calm = `/trading/rules/${run.plan.ruleIdOf("ben-guard")}?at=${decidedAt}`
    await open(calm)
    await page.getByText("It did not act: its condition was not met.").waitFor()
    await page.getByText("acts at 70 % or more").waitFor()
    await page.getByText(/away \(/u).waitFor()
  })

  it("offers nobody what he may not do, and shows another workspace's operator nothing", async () => {
    const commandId = await page.evaluate(async () => {
      const answer = await fetch("/api/trading/commands?status=refused", {
        headers: { "x-workspace": document.querySelector("select")!.value }
      })
      return ((await answer.json()) as { items: ReadonlyArray<{ commandId: string }> }).items[0]!.commandId
    })
    const viewer = await enterAsMember(page, browser, { name: "viewer", role: "viewer" })
    await open(`/commands/${commandId}`, viewer.page)
    await viewer.page.getByText("you need the permission trading").waitFor()
    assert.strictEqual(await viewer.page.getByRole("button", { name: "Execute anew" }).count(), 0)
    await viewer.close()

    await makeWorkspace(page, `${run.plan.runId}-other`, "Other")
    const other = await enterAsMember(page, browser, { name: "other", role: "operator", granted: ["trading"] })
    await open("/commands", other.page)
    await other.page.getByText("Nothing waits for you").waitFor()
    await open(`/commands/${commandId}`, other.page)
    await other.page.getByText("This command is not listed (any more)").waitFor()
    await other.page.getByText("Nobody has done anything with it.").waitFor()
    assert.notInclude(await other.page.content(), "Ben Bitdiddle")
    await open(`/trading/rules/${run.plan.ruleIdOf("ben-guard")}`, other.page)
    await other.page.getByText("There is no such thing in this workspace.").waitFor()
    await other.close()
    await chooseWorkspace(page, run.plan.runId)
  })

  it("speaks Portuguese, verdicts and reasons included", async () => {
    const context = await openBrowser(browser, { locale: "pt-BR" })
    await context.addCookies(await page.context().cookies())
    const theirs = await context.newPage()
    await open(`/trading/rules/${run.plan.ruleIdOf("ben-guard")}`, theirs)
    await theirs
      .getByText(/^(Não agiu|Agiu)/u)
      .first()
      .waitFor({ timeout: 30_000 })
    await open("/commands", theirs)
    await theirs.getByRole("heading", { name: "Comandos", level: 1 }).waitFor()
    await context.close()
  })

  it("has no serious fault of accessibility, light and dark, and fits a phone", async () => {
    await open("/commands?status=refused")
    await shown(page, "Commands")
    await rowOf("Ben Bitdiddle").getByRole("link").first().click()
    await shown(page, "Add 100,000 sats of margin")
    const guard = run.plan.ruleIdOf("ada-guard")
    await assertUsable(page, [
      [`${run.apiUrl}/commands`, "Commands", "commands"],
      [page.url(), "Add 100,000 sats of margin", "command"],
      [`${run.apiUrl}/trading/rules/${guard}`, `Why did ${guard} (not) act?`, "explanation"]
    ])
  })

  it("had no fault on the way", () => {
    assert.deepStrictEqual(faults, [])
  })
})
