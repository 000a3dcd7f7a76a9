import { createRequire } from "node:module"

/** What the benchmarks use of a browser's page. */
export interface BrowserPage {
  readonly goto: (url: string) => Promise<unknown>
  readonly reload: () => Promise<unknown>
  readonly fill: (selector: string, text: string) => Promise<void>
  readonly click: (selector: string) => Promise<void>
  readonly waitForSelector: (selector: string, options?: { readonly timeout: number }) => Promise<unknown>
  readonly evaluate: <A>(script: string) => Promise<A>
  readonly selectOption: (selector: string, value: string) => Promise<unknown>
}

interface BrowserContext {
  readonly newPage: () => Promise<BrowserPage>
  readonly storageState: () => Promise<unknown>
  readonly close: () => Promise<void>
}

/** A Chromium. */
export interface Chromium {
  readonly newContext: (options: Readonly<Record<string, unknown>>) => Promise<BrowserContext>
  readonly close: () => Promise<void>
}

/** Starts the Chromium of the browser tests, whose packages `npm run bench -- dashboard` installs as they do. */
export const launchChromium = async (): Promise<Chromium> => {
  const required = createRequire(new URL("../../tests/browser/package.json", import.meta.url))
  const { chromium } = required("playwright-core") as {
    readonly chromium: { readonly launch: (options: unknown) => Promise<Chromium> }
  }
  const named = process.env.CHROMIUM_PATH ?? ""
  const packaged = (await import(required.resolve("@sparticuz/chromium"))) as {
    readonly default: { readonly executablePath: () => Promise<string> }
  }
  const executablePath = named === "" ? await packaged.default.executablePath() : named
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : []
  return chromium.launch({ executablePath, args: [...sandbox, "--disable-gpu"] })
}
