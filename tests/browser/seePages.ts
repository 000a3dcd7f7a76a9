// Foreign boundary: drives a real browser.
import type { Page } from "playwright-core"
import { assertAccessible, shots } from "./Chromium.ts"

/** A page to look at in both schemes. */
export interface PageToSee {
  readonly path: string
  readonly title: string
  /** Name of its screenshot, which the scheme is added to; absent: none is taken. */
  readonly shot?: string
}

/** Opens each page in that scheme, waits for its answers, and looks for faults of accessibility. */
export const seePages = async (
  page: Page,
  url: string,
  colorScheme: "light" | "dark",
  pages: ReadonlyArray<PageToSee>
): Promise<void> => {
  await page.emulateMedia({ colorScheme })
  for (const { path, shot, title } of pages) {
    await page.goto(`${url}${path}`)
    await page.getByRole("heading", { name: title, level: 1 }).waitFor()
    await page.locator("[role=status] .mantine-Skeleton-root").first().waitFor({ state: "detached" })
    await assertAccessible(page)
    if (shot !== undefined) await page.screenshot({ path: `${shots}/${shot}-${colorScheme}.png` })
  }
}
