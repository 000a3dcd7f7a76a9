// Foreign boundary: drives a real browser.
/**
 * Who may do what, in a real Chromium: an administrator brings somebody in by a link that works once, changes what he may, makes
 * and revokes a token, and chooses among workspaces; somebody with fewer rights is offered less.
 */
import type { Browser, Page } from "playwright-core"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import { assertUsable, launchChromium, shots, shown, watchFaults } from "./Chromium.ts"
import {
  askAs,
  chooseWorkspace,
  type DashboardRun,
  enterAsMember,
  enterAsRoot,
  followLink,
  openBrowser,
  startDashboardRun
} from "./DashboardRun.ts"

let run: DashboardRun
let browser: Browser
let page: Page
let faults: ReadonlyArray<string>
let workspaceId: string

beforeAll(async () => {
  run = await startDashboardRun()
  browser = await launchChromium()
  page = await (await openBrowser(browser)).newPage()
  page.setDefaultTimeout(20_000)
  faults = watchFaults(page)
  workspaceId = `${run.plan.runId}-team`
  await enterAsRoot(page, run)
})

afterAll(async () => {
  await browser?.close()
  await run?.stop()
})

const open = (path: string, at = page) => at.goto(`${run.apiUrl}${path}`)

describe("members, tokens and workspaces", () => {
  afterEach(async ({ task }) => {
    const folder = process.env.MILLRACE_BROWSER_FAILURES
    if (task.result?.state === "fail" && folder !== undefined)
      await page.screenshot({ path: `${folder}/${task.name.slice(0, 30)}.png` })
  })

  it("offers an administrator who is in the workspace of the installation the others", async () => {
    await page.getByText("You are in the workspace of the installation").waitFor()
    await page
      .getByRole("button", { name: /^Open workspace/u })
      .first()
      .click()
    await page.getByText("You are in the workspace of the installation").waitFor({ state: "detached" })
    await chooseWorkspace(page, "system")
    await page.getByRole("button", { name: "Stay here" }).click()
    await page.reload()
    await shown(page, "Overview")
    assert.strictEqual(await page.getByText("You are in the workspace of the installation").count(), 0)
  })

  it("makes a workspace, and opens and renames it", async () => {
    await page.getByRole("link", { name: "Workspaces" }).click()
    await page.getByRole("button", { name: "Create a workspace" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByLabel("Name").fill("The team")
    await dialog.getByLabel("Id").fill("not an id")
    await dialog.getByText(/Letters, digits/u).waitFor()
    assert.isTrue(await dialog.getByRole("button", { name: "Create a workspace" }).isDisabled())
    await dialog.getByLabel("Id").fill(workspaceId)
    await dialog.getByRole("button", { name: "Create a workspace" }).click()
    await dialog.waitFor({ state: "hidden" })
    await page.getByLabel("Name or id").fill(workspaceId)
    const row = page.getByRole("row").filter({ hasText: workspaceId })
    await row.getByRole("button", { name: "Open workspace The team" }).click()
    await row.getByText("open here").waitFor()
    await page.getByRole("button", { name: "Rename" }).click()
    await page.getByRole("dialog").getByLabel("Name").fill("The night team")
    await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click()
    await row.getByText("The night team").waitFor()
    assert.strictEqual(await page.getByLabel("Workspace", { exact: true }).inputValue(), workspaceId)
  })

  /**
   * @guarantee operation: A member comes in by a link that works once, and what he may changes at once
   * @how in two browsers: invited, followed, followed again in vain, given more rights, removed
   */
  it("brings somebody in by a link that works once, changes what he may, and removes him", async () => {
    await page.getByRole("link", { name: "Members" }).click()
    await page.getByRole("button", { name: "Add a member" }).click()
    const dialog = page.getByRole("dialog")
    const email = `new@${workspaceId}.org`
    await dialog.getByLabel("E-mail address").fill(email)
    await dialog.getByLabel("Name").fill("New Person")
    await dialog.getByLabel("Operator").check()
    await dialog.getByRole("button", { name: "Add a member" }).click()
    const link = (await dialog.locator(".secret").textContent()) ?? ""
    await page.screenshot({ path: `${shots}/member-link.png` })
    await dialog.getByRole("button", { name: "Close" }).last().click()
    const row = page.getByRole("row").filter({ hasText: email })
    await row.getByText("has not followed the link yet").waitFor()

    const theirs = await (await openBrowser(browser)).newPage()
    await followLink(theirs, link)
    const again = await (await openBrowser(browser)).newPage()
    await again.goto(link)
    await again.getByLabel("New password").fill("a password of mine")
    await again.getByLabel("Repeat the password").fill("a password of mine")
    await again.getByRole("button", { name: "Set the password" }).click()
    await again.getByText("This link was used or has ended").waitFor()
    await again.context().close()

    await open("/trading", theirs)
    await shown(theirs, "Trading")
    assert.strictEqual(await theirs.getByRole("button", { name: "Kill switch" }).count(), 0)
    assert.strictEqual(await theirs.getByRole("link", { name: "Members" }).count(), 0)
    await open("/members", theirs)
    await shown(theirs, "There is no such page")

    await row.getByText("has a password").waitFor({ timeout: 30_000 })
    await row.getByRole("button", { name: "Rights" }).click()
    await dialog.getByLabel("trading").check()
    await dialog.getByRole("button", { name: "Save" }).click()
    await row.getByText("trading").waitFor()
    await open("/trading", theirs)
    await theirs.getByRole("button", { name: "Kill switch" }).waitFor()

    await row.getByRole("button", { name: "Remove" }).click()
    await dialog.getByRole("button", { name: "Remove" }).click()
    await row.waitFor({ state: "detached" })
    await open("/trading", theirs)
    await theirs.getByRole("heading", { name: "Sign in" }).waitFor()
    await theirs.context().close()
  })

  /**
   * @guarantee operation: A token's secret is shown once, and a token that was revoked is refused from then on
   * @how created and revoked in a browser, used by requests of its own in between
   */
  it("makes a token whose secret is shown once, tells that it was used, and revokes it", async () => {
    await page.getByRole("link", { name: "API tokens" }).click()
    await page.getByRole("button", { name: "Create a token" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByLabel("Token").fill("nightly")
    await dialog.getByRole("button", { name: "Create a token" }).click()
    const secret = (await dialog.locator(".secret").textContent()) ?? ""
    assert.match(secret, /^mlr_/u)
    await page.screenshot({ path: `${shots}/token-secret.png` })
    await dialog.getByRole("button", { name: "Close" }).last().click()
    const row = page.getByRole("row").filter({ hasText: "nightly" })
    await row.getByText("never").first().waitFor()
    assert.notInclude(await page.content(), secret)
    const used = () => fetch(`${run.apiUrl}/api/session`, { headers: { authorization: `Bearer ${secret}` } })
    assert.strictEqual((await used()).status, 200)
    await page.reload()
    await row.getByText(/now|sec\./u).waitFor()
    await row.getByRole("button", { name: "Revoke" }).click()
    await dialog.getByRole("button", { name: "Revoke" }).click()
    await row.waitFor({ state: "detached" })
    assert.strictEqual((await used()).status, 401)
  })

  it("lets nobody give more rights than he has, nor change who has more", async () => {
    const chief = await enterAsMember(page, browser, { name: "chief", role: "admin" })
    await open("/members", chief.page)
    await shown(chief.page, "Members")
    // The administrator of the installation is no member here; he who is gives no permission that he lacks.
    await chief.page.getByRole("button", { name: "Add a member" }).click()
    const dialog = chief.page.getByRole("dialog")
    assert.isTrue(await dialog.getByLabel("trading").isDisabled())
    assert.isTrue(await dialog.getByLabel("replay").isDisabled())
    assert.isFalse(await dialog.getByLabel("Administrator").isDisabled())
    await chief.page.keyboard.press("Escape")
    const above = { email: `above@${workspaceId}.org`, name: "Above", role: "viewer", granted: ["trading"] }
    assert.strictEqual((await askAs(page, "/api/users", above)).status, 201)
    await chief.page.reload()
    const row = chief.page.getByRole("row").filter({ hasText: above.email })
    await row.waitFor()
    assert.strictEqual(await row.getByRole("button").count(), 0)
    assert.strictEqual(await chief.page.getByRole("link", { name: "Workspaces" }).count(), 1)
    await open("/workspaces", chief.page)
    await shown(chief.page, "Workspaces")
    assert.strictEqual(await chief.page.getByRole("button", { name: "Create a workspace" }).count(), 0)
    assert.strictEqual(await chief.page.getByRole("row").filter({ hasText: run.plan.runId }).count(), 1, "only his own")
    await chief.close()
  })

  it("has no serious fault of accessibility, light and dark, and fits a phone", async () => {
    for (const [name, days] of [
      ["ci", 3],
      ["nightly reports", 90],
      ["grafana", undefined]
    ] as const)
      await askAs(page, "/api/tokens", { name, role: "viewer", granted: [], ...(days === undefined ? {} : { days }) })
    await assertUsable(page, [
      [`${run.apiUrl}/members`, "Members", "members"],
      [`${run.apiUrl}/tokens`, "API tokens", "tokens"],
      [`${run.apiUrl}/workspaces`, "Workspaces", "workspaces"]
    ])
  })

  it("had no fault on the way", () => {
    assert.deepStrictEqual(faults, [])
  })
})
