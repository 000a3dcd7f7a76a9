// Foreign boundary: drives a real browser.
import { AxeBuilder } from "@axe-core/playwright"
import packaged from "@sparticuz/chromium"
import { type Browser, chromium, type Page } from "playwright-core"
import { assert } from "vitest"

/** Chromium of the machine, where `CHROMIUM_PATH` names one, else the one that a package brings. Its sandbox needs rights that root and containers lack. */
export const launchChromium = async (): Promise<Browser> => {
  const named = process.env.CHROMIUM_PATH
  const executablePath = named === undefined || named === "" ? await packaged.executablePath() : named
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : []
  return chromium.launch({ executablePath, args: [...sandbox, "--disable-gpu"] })
}

/** Faults that a page shows or logs; none are expected but those that are named. */
export const watchFaults = (page: Page): ReadonlyArray<string> => {
  const faults: Array<string> = []
  page.on("pageerror", (error) => faults.push(error.message))
  page.on("console", (message) => {
    // An answer that refuses is no fault of the page: 401 to the first question who is signed in, 409 where there is nothing to explain.
    if (message.type() === "error" && !/status of (401|403|404|409)/u.test(message.text())) faults.push(message.text())
  })
  return faults
}

/** Where screenshots go: into the documentation when MILLRACE_SCREENSHOTS=docs asks for it, else out of git's sight. */
export const shots =
  process.env.MILLRACE_SCREENSHOTS === "docs"
    ? `${import.meta.dirname}/../../docs/screenshots`
    : `${import.meta.dirname}/../../.millrace/screenshots`

/** A page is shown once its title is, and what it asked for has come. */
export const shown = async (page: Page, name: string): Promise<void> => {
  await page.getByRole("heading", { name, level: 1 }).waitFor()
  await page.locator("[role=status] .mantine-Skeleton-root").first().waitFor({ state: "detached" })
}

/** A page to look at; `shot` names its screenshot, which the colour scheme is added to. */
export type PageToSee = readonly [url: string, title: string, shot?: string | undefined]

/** Opens each page in that scheme, waits for its answers, and looks for faults of accessibility. */
export const seePages = async (
  page: Page,
  colorScheme: "light" | "dark",
  pages: ReadonlyArray<PageToSee>
): Promise<void> => {
  await page.emulateMedia({ colorScheme })
  for (const [url, title, shot] of pages) {
    await page.goto(url)
    await shown(page, title)
    await assertAccessible(page)
    if (shot !== undefined) await page.screenshot({ path: `${shots}/${shot}-${colorScheme}.png` })
  }
}

/** Nobody is kept from these pages: no serious fault in either colour scheme, nothing to scroll sideways on a phone. */
export const assertUsable = async (page: Page, pages: ReadonlyArray<PageToSee>): Promise<void> => {
  for (const colorScheme of ["light", "dark"] as const) await seePages(page, colorScheme, pages)
  await page.emulateMedia({ colorScheme: "light" })
  await page.setViewportSize({ width: 375, height: 780 })
  for (const [url, title, shot] of pages) {
    await page.goto(url)
    await shown(page, title)
    await assertNoSidewaysScroll(page)
    if (shot !== undefined) await page.screenshot({ path: `${shots}/${shot}-phone.png` })
  }
  await page.setViewportSize({ width: 1280, height: 860 })
}

/** No finding of axe that keeps somebody from using the page. */
export const assertAccessible = async (page: Page): Promise<void> => {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical")
  assert.deepStrictEqual(
    serious.map(({ id, nodes }) => `${page.url()} ${id}: ${nodes[0]?.html.slice(0, 200)}`),
    []
  )
}

/** Nothing stands out at the side, so that nobody has to scroll sideways. */
export const assertNoSidewaysScroll = async (page: Page): Promise<void> => {
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth] as const)
  assert.isAtMost(widths[0], widths[1], page.url())
}
