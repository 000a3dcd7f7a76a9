// Foreign boundary: drives a real browser.
/**
 * Dead letters one by one in a real Chromium: looked at with what they hold, corrected and sent back once the schema takes the new
 * value, given up; who may not is offered none of it. The letters come from the executor, which could not read its commands.
 */
import { Effect } from "effect"
import type { Browser, Page } from "playwright-core"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import { assertUsable, launchChromium, shots, shown, watchFaults } from "./Chromium.ts"
import {
  askAs,
  chooseWorkspace,
  type DashboardRun,
  enterAsMember,
  enterAsRoot,
  makeWorkspace,
  openBrowser,
  sendUnreadable,
  startDashboardRun
} from "./DashboardRun.ts"

const topic = "automation-commands"
const secret = "mlr_canary0123456789"

let run: DashboardRun
let browser: Browser
let page: Page
let faults: ReadonlyArray<string>

beforeAll(async () => {
  run = await startDashboardRun()
  browser = await launchChromium()
  page = await (await openBrowser(browser)).newPage()
  page.setDefaultTimeout(30_000)
  faults = watchFaults(page)
  await enterAsRoot(page, run)
  await chooseWorkspace(page, run.plan.runId)
  const wrong = { commandId: "wrong-1", attempt: "first", apiKey: secret }
  await Effect.runPromise(sendUnreadable(run, JSON.stringify(wrong), "wrong"))
  for (const subject of ["one", "two", "three"]) await Effect.runPromise(sendUnreadable(run, "not a command", subject))
})

afterAll(async () => {
  await browser?.close()
  await run?.stop()
})

const open = (path: string, at = page) => at.goto(`${run.apiUrl}${path}`)
const keyOf = (subject: string) => `${run.plan.accountIdOf("ada")}/${subject}`
const rowOf = (subject: string, at = page) => at.getByRole("row").filter({ hasText: keyOf(subject) })

/** A command as the schema wants it, about nothing that is there: the executor refuses it. */
const command = () => ({
  commandId: `${run.plan.runId}-corrected`,
  accountId: run.plan.accountIdOf("ada"),
  ruleId: run.plan.ruleIdOf("ada-guard"),
  ruleVersion: 1,
  positionId: "none",
  positionRevision: 1,
  attempt: 1,
  action: { _tag: "close_position" },
  dryRun: true,
  marketTimeMs: 1,
  priceUsd: 1,
  tickReceivedAtMs: 1,
  decidedAtMs: 1
})

const sees = async (at: Page, subject: string) => {
  await open(`/dead-letters/${topic}/letters`, at)
  await rowOf(subject, at).waitFor({ timeout: 60_000 })
}

describe("single dead letters", () => {
  afterEach(async ({ task }) => {
    const folder = process.env.MILLRACE_BROWSER_FAILURES
    if (task.result?.state === "fail" && folder !== undefined)
      await page.screenshot({ path: `${folder}/${task.name.slice(0, 30)}.png`, fullPage: true })
  })

  it("are listed within their cause, by state and by key", async () => {
    for (const subject of ["wrong", "one", "two", "three"]) await sees(page, subject)
    await open(`/dead-letters/${topic}`)
    await shown(page, topic)
    await page.getByRole("link", { name: "Letters", exact: true }).first().click()
    await shown(page, `Letters of ${topic}`)
    assert.include(page.url(), "fingerprint=")
    await page.getByText("Only one cause: show all").click()
    await rowOf("three").waitFor()
    await page.getByLabel("The whole key").fill(keyOf("two"))
    await rowOf("three").waitFor({ state: "detached" })
    await rowOf("two").waitFor()
    await page.getByLabel("The whole key").fill("")
    await rowOf("three").waitFor()
    await page.getByLabel("State").selectOption("purged")
    await page.getByText("No letter matches.").waitFor()
  })

  /**
   * @guarantee operation: A dead letter is shown decoded and raw, and no secret in it
   * @how a record with a token in it, set aside by the executor, in a browser
   */
  it("show what they hold, decoded and raw, without secrets", async () => {
    await sees(page, "wrong")
    await rowOf("wrong").getByRole("link").click()
    await shown(page, "Dead letter")
    await page.getByText("Can't be decoded", { exact: true }).waitFor()
    await page.getByText("<redacted>").waitFor()
    await page.screenshot({ path: `${shots}/letter.png`, fullPage: true })
    await page.getByRole("tab", { name: "Raw" }).click()
    await page.getByText(/as they were read; secrets are hidden/u).waitFor()
    await page.getByText(/"commandId":"wrong-1"/u).waitFor()
    assert.notInclude(await page.content(), secret)
    await page.getByRole("tab", { name: "Headers" }).click()
    await page.getByText(`workspace-id: ${run.plan.runId}`).waitFor()
    await page.reload()
    await page.getByText(`workspace-id: ${run.plan.runId}`).waitFor()
  })

  /**
   * @guarantee operation: A dead letter is edited only into a value that its schema takes, with a reason, and both stand in the audit log
   * @how in a browser: no JSON, a misfit, a hidden secret, then a command as it should have been
   */
  it("are corrected: nothing is sent before the schema takes the new value", async () => {
    await sees(page, "wrong")
    await rowOf("wrong").getByRole("link").click()
    await page.getByRole("button", { name: "Edit and replay" }).click()
    const dialog = page.getByRole("dialog")
    const value = dialog.getByLabel("New value (JSON)")
    const send = dialog.getByRole("button", { name: "Send" })
    await dialog.getByText("a secret is hidden in it").waitFor()
    await dialog.getByLabel(/^Why/u).fill("the writer was wrong")
    assert.isTrue(await send.isDisabled(), "with a hidden secret")
    await value.fill("{ not json")
    await dialog.getByText("This is no JSON.").waitFor()
    await value.fill(JSON.stringify({ ...command(), attempt: "first" }, null, 2))
    await dialog.getByText(/does not match the schema/u).waitFor()
    await page.screenshot({ path: `${shots}/letter-edit.png` })
    assert.isTrue(await send.isDisabled(), "with a misfit")
    await value.fill(JSON.stringify(command(), null, 2))
    await dialog.getByText("The topic's schema takes it.").waitFor()
    await send.click()
    await dialog.getByText("Sent the letter back with its new value.").waitFor({ timeout: 60_000 })
    await dialog.getByRole("button", { name: "Close" }).last().click()
    await page.getByText("edited and replayed").waitFor()
    await page.getByText("the writer was wrong").waitFor()
    assert.strictEqual(await page.getByRole("button", { name: "Edit and replay" }).count(), 0)
    await open(`/dead-letters/${topic}`)
    const trail = page.getByRole("table", { name: "Audit log" })
    await trail
      .getByRole("row")
      .filter({ hasText: "dead_letters_edit_done" })
      .filter({ hasText: "the writer was wrong" })
      .waitFor()
    const refused = await askAs(page, `/api/trading/commands/${command().commandId}`)
    assert.include([200, 404], refused.status, "the executor has judged it, or is about to")
  })

  /**
   * @guarantee operation: Chosen dead letters are given up from the dashboard after the word was typed, and the job's progress is shown
   * @how two of three letters chosen in a browser
   */
  it("are chosen and given up once somebody typed the word, while the job tells of itself", async () => {
    await sees(page, "one")
    for (const subject of ["one", "two"]) await rowOf(subject).getByRole("checkbox").check()
    await page.getByText("2 letters chosen").waitFor()
    await page.screenshot({ path: `${shots}/letters.png` })
    await page.getByRole("button", { name: "Purge" }).click()
    const dialog = page.getByRole("dialog")
    assert.isTrue(await dialog.getByRole("button", { name: "Purge" }).isDisabled(), "without the word")
    await dialog.getByLabel("Type PURGE to confirm").fill("PURGE")
    await dialog.getByRole("button", { name: "Purge" }).click()
    await dialog.getByText("Gave 2 letters up.").waitFor({ timeout: 60_000 })
    await page.screenshot({ path: `${shots}/purge.png` })
    await dialog.getByRole("button", { name: "Close" }).last().click()
    // Purged, or gone already: records at the front of their partition are deleted at once.
    await rowOf("one").getByText("waiting").waitFor({ state: "detached" })
    await rowOf("three").getByText("waiting").waitFor()
    await open("/dead-letters")
    await shown(page, "Dead letters")
    const jobs = page.getByRole("table", { name: "Work on dead letters" })
    await jobs.getByRole("row").filter({ hasText: "Gave 2 letters up." }).waitFor()
  })

  it("are looked at only by who may no more, and not at all from another workspace", async () => {
    await sees(page, "three")
    const path = (await rowOf("three").getByRole("link").getAttribute("href")) ?? ""
    const viewer = await enterAsMember(page, browser, { name: "viewer", role: "viewer" })
    await sees(viewer.page, "three")
    assert.strictEqual(await viewer.page.getByRole("checkbox").count(), 0)
    await open(path, viewer.page)
    await viewer.page.getByText(keyOf("three")).waitFor()
    for (const name of ["Replay", "Edit and replay", "Purge"])
      assert.strictEqual(await viewer.page.getByRole("button", { name }).count(), 0, name)
    await viewer.close()

    await makeWorkspace(page, `${run.plan.runId}-other`, "Other")
    const other = await enterAsMember(page, browser, { name: "other", role: "operator", granted: ["replay"] })
    await open("/dead-letters", other.page)
    await other.page.getByText("Nothing was replayed, edited or purged lately.").waitFor()
    await open(`/dead-letters/${topic}/letters`, other.page)
    await other.page.getByText("No letter matches.").waitFor()
    await open(path, other.page)
    await other.page.getByText("There is no such thing in this workspace.").waitFor()
    assert.notInclude(await other.page.content(), keyOf("three"))
    await other.close()
    await chooseWorkspace(page, run.plan.runId)
  })

  it("have no serious fault of accessibility, light and dark, and fit a phone", async () => {
    await sees(page, "three")
    await rowOf("three").getByRole("link").click()
    await shown(page, "Dead letter")
    await assertUsable(page, [
      [`${run.apiUrl}/dead-letters`, "Dead letters"],
      [`${run.apiUrl}/dead-letters/${topic}`, topic, "letter-causes"],
      [`${run.apiUrl}/dead-letters/${topic}/letters`, `Letters of ${topic}`, "letters"],
      [page.url(), "Dead letter", "letter"]
    ])
  })

  it("had no fault on the way", () => {
    assert.deepStrictEqual(faults, [])
  })
})
