// Foreign boundary: drives a real browser.
/**
 * Topics, their records and their pauses in a real Chromium, on the real pipeline: what workers wrote is found by key, field and time,
 * read in full, and a lane stands still from the moment somebody pauses it until he lets it go on.
 */

import { Effect } from "effect"
import type { Browser, Page } from "playwright-core"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { assertNoSidewaysScroll, launchChromium, seePages, shots, watchFaults } from "./Chromium.ts"
import {
  chooseWorkspace,
  type DashboardRun,
  enterAsRoot,
  openBrowser,
  sendUnreadable,
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
  await enterAsRoot(page, run)
  await chooseWorkspace(page, run.plan.runId)
  await Effect.runPromise(run.control.startFeed)
})

afterAll(async () => {
  await browser?.close()
  await run?.stop()
})

const open = (path: string) => page.goto(`${run.apiUrl}${path}`)
const shown = (name: string) => page.getByRole("heading", { name, level: 1 }).waitFor()
const drawer = () => page.getByRole("dialog", { name: /partition \d+, offset \d+/u })

describe("topics and records", () => {
  it("lists the topics with what lies in them, and finds one by its name", async () => {
    await page.getByRole("link", { name: "Topics" }).click()
    await shown("Topics")
    await page.getByRole("link", { name: "market-ticks" }).waitFor()
    await page.getByLabel("Part of a topic's name").fill("account-s")
    await page.getByRole("link", { name: "market-ticks" }).waitFor({ state: "detached" })
    assert.include(page.url(), "search=account-s")
    await page.getByRole("link", { name: "account-state" }).click()
    await shown("account-state")
  })

  /** @guarantee operation: Records are found in the dashboard by key and field, and shown whole with value and headers
   * @how a topic that workers wrote, in a real browser; the address alone shows the same again */
  it("finds records by key and by field, and shows one whole, by its address too", async () => {
    await page.getByLabel("Field of the value").fill("kind")
    await page.getByLabel("Value of the field", { exact: true }).fill("margin_guard")
    await page.getByRole("button", { name: "Search" }).click()
    const rows = page.getByRole("table", { name: "Records" }).getByRole("row")
    await rows.filter({ hasText: '"kind":"margin_guard"' }).first().waitFor()
    await page.getByText(run.plan.accountIdOf("ada")).first().waitFor()
    assert.include(page.url(), "field=kind")
    const texts = await rows.allTextContents()
    for (const text of texts.slice(1)) assert.include(text, "margin_guard")
    await page
      .getByRole("button", { name: /^Open the record/u })
      .first()
      .click()
    await drawer().getByText("workspace-id").waitFor()
    await drawer().getByText('"margin_guard"').waitFor()
    assert.match(page.url(), /record=/u)
    await page.screenshot({ path: `${shots}/record.png` })
    await page.reload()
    await drawer().getByText('"margin_guard"').waitFor()
    await drawer().getByRole("button", { name: "Records of this key" }).click()
    await drawer().waitFor({ state: "hidden" })
    assert.match(page.url(), /[?&]key=/u)
    await page
      .getByRole("button", { name: /^Open the record/u })
      .first()
      .waitFor()
  })

  it("keeps to the time that is asked for, and says how far it has looked", async () => {
    await open("/topics/account-state")
    await page.getByLabel("Until").fill("2001-02-03T04:05:06")
    await page.getByLabel("Until").press("Enter")
    await page.getByText("Nothing was found.").waitFor()
    assert.include(page.url(), `to=${Date.UTC(2001, 1, 3, 4, 5, 6)}`)
    await page.getByText(/0 records looked at/u).waitFor()
    await page.getByRole("button", { name: "Clear" }).click()
    await page
      .getByRole("button", { name: /^Open the record/u })
      .first()
      .waitFor()
    assert.notInclude(page.url(), "to=")
  })

  it("shows what is written while it is followed", async () => {
    await chooseWorkspace(page, "system")
    await open("/topics/market-ticks")
    await shown("market-ticks")
    await page.getByLabel("Follow what is written").focus()
    await page.keyboard.press("Space")
    await page.waitForURL(/follow=1/u)
    const newest = page.getByRole("table", { name: "Records" }).getByRole("row").nth(1)
    const before = await newest.textContent()
    await page.waitForFunction(
      (text) => document.querySelector('table[aria-label="Records"] tbody tr')?.textContent !== text,
      before,
      { timeout: 30_000 }
    )
    await chooseWorkspace(page, run.plan.runId)
  })

  /** @guarantee operation: A record that can't be decoded is shown as such in the dashboard, with the reason
   * @how bytes that no schema fits, sent to a real topic */
  it("shows a record that can't be decoded as such", async () => {
    await Effect.runPromise(sendUnreadable(run))
    await open("/topics/automation-commands?lane=high")
    await page.getByText("Can't be decoded:").first().waitFor({ timeout: 30_000 })
    await page
      .getByRole("button", { name: /^Open the record/u })
      .first()
      .click()
    await drawer()
      .getByText(/B, not JSON/u)
      .waitFor()
    await page.screenshot({ path: `${shots}/record-undecodable.png` })
    await page.keyboard.press("Escape")
    await drawer().waitFor({ state: "hidden" })
  })

  it("shows the schema of a topic's values, its lanes, readers and writers", async () => {
    await page.getByRole("tab", { name: "Schema of values" }).click()
    await page
      .getByText('"draft-07/schema', { exact: false })
      .or(page.getByText(/"\$schema"/u))
      .first()
      .waitFor()
    await page.getByRole("tab", { name: "Lanes" }).click()
    await page.getByRole("cell", { name: "automation-executor" }).first().waitFor()
  })
})

describe("pauses", () => {
  /** @guarantee operation: A lane that is paused in the dashboard stands still until it is resumed there
   * @how paused with a reason and resumed in a browser; the workers' own reports tell both */
  it("pause a lane with a reason, which the overview shows, and resume it from there", async () => {
    await open("/topics/automation-commands/lanes")
    const low = page.getByRole("row").filter({ hasText: "automation-commands.low" }).first()
    await low.getByRole("button", { name: "Pause" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByText("positions are not protected", { exact: false }).waitFor()
    await dialog.getByLabel("Why").fill("a look at the low lane")
    await page.screenshot({ path: `${shots}/pause.png` })
    await dialog.getByRole("button", { name: "Pause" }).click()
    await low.getByText("paused").waitFor()
    await page.getByRole("link", { name: "Back to the topics" }).click()
    await page.getByRole("cell", { name: "a look at the low lane" }).waitFor()
    await page.getByRole("link", { name: "Overview" }).click()
    const lane = page.getByRole("row").filter({ hasText: "automation-commands.low" })
    await lane.getByText("low, paused").waitFor({ timeout: 30_000 })
    await lane.getByRole("button", { name: "Resume" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click()
    await lane.getByText("low, paused").waitFor({ state: "detached", timeout: 30_000 })
    await lane.getByRole("button", { name: "Pause" }).waitFor()
  })

  it("are nobody's to set who is no member of the installation", async () => {
    await page.route("**/api/session", async (route) => {
      const answer = await route.fetch()
      const session = (await answer.json()) as object
      await route.fulfill({ response: answer, json: { ...session, wholeInstallation: false } })
    })
    await open("/topics/automation-commands/lanes")
    await page.getByRole("cell", { name: "automation-executor" }).first().waitFor()
    assert.strictEqual(await page.getByRole("button", { name: "Pause" }).count(), 0)
    await page.unroute("**/api/session")
  })
})

describe("the pages of topics", () => {
  const pages: ReadonlyArray<{ readonly path: string; readonly title: string; readonly shot?: string }> = [
    { path: "/topics", title: "Topics", shot: "topics" },
    { path: "/topics/account-state", title: "account-state", shot: "records" },
    { path: "/topics/account-state/lanes", title: "account-state" },
    { path: "/topics/account-state/schema", title: "account-state" }
  ]

  it.each(["light", "dark"] as const)("have no serious fault of accessibility in the %s scheme", (scheme) =>
    seePages(
      page,
      scheme,
      pages.map(({ path, shot, title }) => [`${run.apiUrl}${path}`, title, shot])
    )
  )

  it("fit a phone, and can be used by keyboard alone", async () => {
    await page.setViewportSize({ width: 375, height: 780 })
    for (const { path, title } of pages) {
      await open(path)
      await shown(title)
      await assertNoSidewaysScroll(page)
    }
    await open("/topics/account-state")
    await page
      .getByRole("button", { name: /^Open the record/u })
      .first()
      .focus()
    await page.keyboard.press("Enter")
    await drawer().getByText("workspace-id").waitFor()
    await assertNoSidewaysScroll(page)
    await page.screenshot({ path: `${shots}/record-phone.png` })
    await page.keyboard.press("Escape")
    await drawer().waitFor({ state: "hidden" })
    await page.setViewportSize({ width: 1280, height: 860 })
  })

  it("had no fault on the way", () => {
    assert.deepStrictEqual(faults, [])
  })
})
