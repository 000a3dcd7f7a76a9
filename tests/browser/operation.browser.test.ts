// Foreign boundary: drives a real browser.
/**
 * What waits, recurs and was done, in a real Chromium on the real pipeline: parked records with their reason, timers that are taken back, a
 * schedule that runs until it is switched off, and the audit log that tells all of it.
 */

import { Effect } from "effect"
import type { Browser, Page } from "playwright-core"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { assertNoSidewaysScroll, launchChromium, seePages, shots, watchFaults } from "./Chromium.ts"
import {
  chooseWorkspace,
  type DashboardRun,
  enterAsMember,
  enterAsRoot,
  openBrowser,
  startDashboardRun
} from "./DashboardRun.ts"
import { askForTimers, parkRecords, reminder } from "./setUpWaiting.ts"

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
  await Effect.runPromise(parkRecords(run, Date.now()))
  await Effect.runPromise(askForTimers(run, Date.now()))
})

afterAll(async () => {
  await browser?.close()
  await run?.stop()
})

const open = (path: string) => page.goto(`${run.apiUrl}${path}`)
const shown = (name: string) => page.getByRole("heading", { name, level: 1 }).waitFor()
const row = (text: string) => page.getByRole("row").filter({ hasText: text })

describe("parked records", () => {
  /** @guarantee operation: A parked record shows in the dashboard since when, until when and why it waits
   * @how written as the runtime parks, read from a real topic by the page */
  it("tell since when they wait, when they are tried next, and why", async () => {
    await page.getByRole("link", { name: "Parked records" }).click()
    await shown("Parked records")
    const failed = row("the payment node does not answer")
    await failed.getByText("in 1 hr.").waitFor()
    await failed.getByText("1 hr. ago").waitFor()
    await row("It waits for an earlier record of its key.").getByText("when it is its turn").waitFor()
    await page.getByLabel("Topic", { exact: true }).selectOption("webhooks")
    await page.getByText("Nothing is parked.").waitFor()
    assert.include(page.url(), "topic=webhooks")
    await page.getByLabel("Topic", { exact: true }).selectOption("payments")
    await failed.getByRole("link", { name: /^Open the record payments 1/u }).click()
    await page.getByRole("dialog", { name: "payments, partition 1, offset 7" }).waitFor()
  })
})

describe("timers", () => {
  /** @guarantee operation: A timer that waits is cancelled from the dashboard, and one that was refused says why
   * @how two timers in PostgreSQL, one of them refused by the running scheduler */
  it("that wait can be cancelled, and those that were refused say why", async () => {
    await open("/timers")
    await shown("Timers, schedules")
    await row(`${run.plan.runId}-reminder`).getByText("waiting").waitFor()
    const lost = row(`${run.plan.runId}-lost`)
    await lost.getByText("refused").waitFor({ timeout: 40_000 })
    await lost.getByText("topics.yaml declares no topic no-such-topic").waitFor()
    await page.screenshot({ path: `${shots}/timers.png` })
    await row(`${run.plan.runId}-reminder`).getByRole("button", { name: "Cancel it" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Cancel it" }).click()
    await row(`${run.plan.runId}-reminder`).waitFor({ state: "detached" })
  })
})

describe("schedules", () => {
  const name = () => `${run.plan.runId}-reminder`

  it("are refused in the form with what is wrong with them", async () => {
    await open("/timers/schedules")
    await page.getByRole("button", { name: "New schedule" }).click()
    const form = page.getByRole("dialog")
    await form.getByLabel("Name").fill(name())
    await form.getByLabel("Cron expression").fill("61 * * * *")
    await form.getByLabel("Time zone").fill("UTC")
    await form.getByLabel("Delivers to").selectOption("audit-log")
    await form.getByLabel("Speaks for").selectOption("automation-executor")
    await form.getByLabel("Value of each record").fill(reminder(run))
    await form.getByRole("button", { name: "Save" }).click()
    await form.getByText(/can't be followed/iu).waitFor()
    await page.screenshot({ path: `${shots}/schedule-form.png` })
    await form.getByLabel("Cron expression").fill("* * * * * *")
    await form.getByRole("button", { name: "Save" }).click()
    await form.waitFor({ state: "hidden" })
  })

  /** @guarantee operation: A schedule is stored, run, switched off and removed from the dashboard, which shows how its last run ended
   * @how stored with a form, delivered each second by the running scheduler */
  it("show how their last run ended, and stand still once they are switched off", async () => {
    await row(name())
      .getByText(/^delivered/u)
      .waitFor({ timeout: 40_000 })
    const on = row(name()).getByRole("switch")
    assert.isTrue(await on.isChecked())
    await on.focus()
    await page.keyboard.press("Space")
    await page.waitForFunction((label) => {
      const field = document.querySelector<HTMLInputElement>(`input[aria-label="${label}"]`)
      return field !== null && !field.disabled && !field.checked
    }, `Schedule ${name()} is on`)
    await page.getByRole("button", { name: name() }).click()
    const drawer = page.getByRole("dialog", { name: name() })
    await drawer.getByText('"reminded"').waitFor()
    await page.screenshot({ path: `${shots}/schedule.png` })
    await drawer.getByRole("button", { name: "Remove" }).click()
    await page
      .getByRole("dialog", { name: /^Remove/u })
      .getByRole("button", { name: "Remove" })
      .click()
    await row(name()).waitFor({ state: "detached" })
  })
})

describe("the audit trail", () => {
  /** @guarantee operation: The audit trail of the dashboard tells who changed what, with what was there before and after
   * @how what was done in the browser right before, read back from the real audit-log */
  it("tells who changed what, found by action and target", async () => {
    await page.getByRole("link", { name: "Audit trail" }).click()
    await shown("Audit trail")
    await row("schedule removed").getByText("Root").waitFor({ timeout: 30_000 })
    await page.getByLabel("Action (may").fill("schedule_*")
    await page.getByRole("button", { name: "Search" }).click()
    await page.waitForURL(/action=schedule_/u)
    await row("timer cancelled").waitFor({ state: "detached" })
    await row("schedule stored")
      .getByRole("button", { name: /^Open the entry/u })
      .click()
    const drawer = page.getByRole("dialog", { name: /^Entry/u })
    await drawer.getByRole("listitem").filter({ hasText: "cron" }).getByText("* * * * * *").waitFor()
    await drawer.getByRole("button", { name: "Only by Root" }).click()
    await drawer.waitFor({ state: "hidden" })
    assert.match(page.url(), /actor=/u)
    await row("schedule stored").waitFor()
    await open("/audit?action=schedule_paused")
    await row("schedule paused").getByText("enabled").waitFor()
    await row("schedule paused").getByText("false").waitFor()
  })
})

describe("somebody who may only look", () => {
  it("sees what waits and recurs, and nothing to change it with", async () => {
    await Effect.runPromise(askForTimers(run, Date.now()))
    const viewer = await enterAsMember(page, browser, { name: "Vera", role: "viewer" })
    const theirs = viewer.page
    await theirs.goto(`${run.apiUrl}/timers`)
    await theirs
      .getByRole("row")
      .filter({ hasText: `${run.plan.runId}-lost` })
      .waitFor()
    assert.strictEqual(await theirs.getByRole("button", { name: "Cancel it" }).count(), 0)
    assert.strictEqual(await theirs.getByRole("button", { name: "New schedule" }).count(), 0)
    await theirs.goto(`${run.apiUrl}/topics`)
    await theirs.getByRole("link", { name: "market-ticks" }).waitFor()
    assert.strictEqual(await theirs.getByRole("button", { name: "Pause" }).count(), 0)
    await viewer.close()
  })
})

describe("the pages of operation", () => {
  const pages: ReadonlyArray<{ readonly path: string; readonly title: string; readonly shot?: string }> = [
    { path: "/parked", title: "Parked records", shot: "parked" },
    { path: "/timers", title: "Timers, schedules" },
    { path: "/timers/schedules", title: "Timers, schedules" },
    { path: "/audit", title: "Audit trail", shot: "audit" }
  ]

  it.each(["light", "dark"] as const)("have no serious fault of accessibility in the %s scheme", (scheme) =>
    seePages(
      page,
      scheme,
      pages.map(({ path, shot, title }) => [`${run.apiUrl}${path}`, title, shot])
    )
  )

  it("fit a phone, and speak Portuguese", async () => {
    await page.setViewportSize({ width: 375, height: 780 })
    for (const { path, title } of pages) {
      await open(path)
      await shown(title)
      await assertNoSidewaysScroll(page)
    }
    await page.getByRole("button", { name: /Appearance/u }).click()
    await page.getByRole("menuitem", { name: "Portuguese (Brazil)" }).click()
    await shown("Trilha de auditoria")
    await page.screenshot({ path: `${shots}/audit-phone.png` })
    await open("/timers/schedules")
    await shown("Timers e agendas")
  })

  it("had no fault on the way", () => {
    // A schedule that can't be followed was refused, as it should be.
    assert.deepStrictEqual(
      faults.filter((fault) => !fault.includes("status of 400")),
      []
    )
  })
})
