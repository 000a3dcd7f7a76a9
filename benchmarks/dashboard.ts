// How fast are the dashboard and the API with 10,000 accounts, beside 1,000 records a second?
//
// The whole product as processes. `--accounts N` accounts, each tenth of them with a guarded position; 4 ticks a second, and
// `--rate N` records a second into `notifications.low`. Measured: API requests from `--connections N` at once for `--seconds N`;
// pages in a real Chromium until their first row stands, with an empty cache and with a full one; how late a paused lane shows on
// the open overview after the API has answered; the processes' memory. The last line is one JSON object.

import { rmSync } from "node:fs"
import { notifications, partitionOf, RecordCodec, TopicsFile } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { type StartedRun, startStack } from "@millrace/local"
import { startFeedRun } from "@millrace/testkit"
import { Effect, Result, Schedule } from "effect"
import { loadApi, type PathLoad } from "./stage/apiLoad.ts"
import { type BrowserPage, type Chromium, launchChromium } from "./stage/chromium.ts"
import { makeDataFolder } from "./stage/dataFolder.ts"
import { type Figure, figureOf, percentile } from "./stage/figures.ts"
import { readOptions } from "./stage/options.ts"
import { finish, progress } from "./stage/report.ts"
import { residentMemoryMB } from "./stage/residentMemory.ts"

const options = readOptions(5, ["accounts", "rate", "connections", "seconds"])
const accounts = options.number("accounts", 10_000)
const rate = options.number("rate", 1_000)
const connections = options.number("connections", 16)
const seconds = options.number("seconds", 20)
const positions = Math.floor(accounts / 10)
const password = "correct horse battery"

const scenario = {
  accounts: Array.from({ length: accounts }, (_, a) => ({ id: `a${a}`, name: `Account ${a}`, balance: 100_000_000 })),
  positions: Array.from({ length: positions }, (_, p) => ({
    id: `p${p}`,
    account: `a${p * 10}`,
    side: "buy" as const,
    quantity: 100,
    leverage: 2 + (p % 8)
  })),
  rules: Array.from({ length: positions }, (_, r) => ({
    id: `r${r}`,
    account: `a${r * 10}`,
    kind: "margin_guard" as const,
    threshold: 0.9,
    action: "close_position" as const
  }))
}

/** Four hours of prices that no rule acts on; each candle gives four ticks. */
const candles = (): string => {
  const lines = ["timestamp_ms,open,high,low,close,volume"]
  for (let minute = 0; minute < 2_000; minute += 1) {
    const [open, close] = [minute, minute + 1].map((at) => 60_000 + Math.round(300 * Math.sin(at / 5)))
    const [high, low] = [Math.max(open!, close!) + 1, Math.min(open!, close!) - 1]
    lines.push([1_700_000_000_000 + minute * 60_000, open, high, low, close, 1].join(","))
  }
  return `${lines.join("\n")}\n`
}

/** Writes notes to users at the rate, in ten sends a second, until it is interrupted. */
const writeRecords = ({ clients, plan }: StartedRun) =>
  Effect.gen(function* () {
    const { producer } = yield* KafkaClient
    const codec = yield* RecordCodec
    const topics = yield* TopicsFile
    yield* codec.prepare([notifications])
    const { send } = yield* producer({ clientId: "bench-dashboard" })
    const partitions = topics.topic("notifications")?.partitions ?? 1
    const headers = { "workspace-id": new TextEncoder().encode(plan.runId) }
    let written = 0
    const record = () => {
      written += 1
      const key = `user-${written % 500}`
      const value = Result.getOrThrow(
        codec.encode(notifications, {
          notificationId: `n${written}`,
          userId: key,
          accountId: "a0",
          kind: "margin_alert",
          level: "info",
          title: "A measurement",
          body: "Written by a benchmark.",
          subjectId: `s${written}`,
          createdAtMs: Date.now()
        })
      )
      const partition = partitionOf(notifications, key, partitions)
      return { topic: "notifications.low", partition, key: new TextEncoder().encode(key), value, headers }
    }
    const part = Effect.suspend(() => send(Array.from({ length: Math.round(rate / 10) }, record)))
    yield* part.pipe(Effect.repeat(Schedule.fixed("100 millis")))
  }).pipe(Effect.scoped, Effect.provideContext(clients))

const follow = async (page: BrowserPage, link: string): Promise<void> => {
  await page.goto(link)
  await page.fill("input[type=email]", "root@example.org")
  await page.fill("input[name=name]", "Root")
  const fields = "input[type=password]"
  await page.fill(`${fields} >> nth=0`, password)
  await page.fill(`${fields} >> nth=1`, password)
  await page.click("button[type=submit]")
  await page.waitForSelector("h1:has-text('Overview')")
}

/** Asks the API as the page does, with its session. */
const ask = <A>(page: BrowserPage, method: string, path: string, body: unknown): Promise<A> =>
  page.evaluate<A>(`(async () => {
    const { csrfToken } = await (await fetch("/api/session")).json()
    const headers = { "content-type": "application/json", "x-csrf-token": csrfToken }
    const answer = await fetch(${JSON.stringify(path)}, { method: ${JSON.stringify(method)}, headers, body: ${JSON.stringify(JSON.stringify(body))} })
    if (!answer.ok) throw new Error(answer.status + " " + (await answer.text()))
    return answer.status === 204 ? null : answer.json()
  })()`)

/** Until the page shows the selector, in milliseconds. */
const timed = async (page: BrowserPage, url: string, selector: string): Promise<number> => {
  const startedMs = performance.now()
  await page.goto(url)
  await page.waitForSelector(selector, { timeout: 60_000 })
  return performance.now() - startedMs
}

const pages = [
  ["/", "role=row >> nth=1"],
  ["/trading", "role=row >> role=link >> nth=0"]
] as const

const measurePages = async (browser: Chromium, apiUrl: string, storageState: unknown) => {
  const cold = new Map<string, Array<number>>()
  const warm = new Map<string, Array<number>>()
  for (let run = 0; run < options.runs; run += 1) {
    for (const [path, selector] of pages) {
      const context = await browser.newContext({
        storageState,
        locale: "en-US",
        viewport: { width: 1280, height: 860 }
      })
      const page = await context.newPage()
      cold.set(path, [...(cold.get(path) ?? []), await timed(page, `${apiUrl}${path}`, selector)])
      warm.set(path, [...(warm.get(path) ?? []), await timed(page, `${apiUrl}${path}`, selector)])
      await context.close()
    }
  }
  const figures = ([kind, found]: readonly [string, typeof cold]) =>
    [...found].map(([path, times]) => figureOf(`page ${path}, ${kind} cache`, "ms", times, { better: "lower" }))
  return (
    [
      ["empty", cold],
      ["full", warm]
    ] as const
  ).flatMap(figures)
}

/** From the API's answer to a pause until the open overview shows it; and the same for its end. */
const measureLive = async (page: BrowserPage, apiUrl: string): Promise<Figure> => {
  await page.goto(apiUrl)
  await page.waitForSelector("role=row >> text=automation-commands >> nth=0", { timeout: 60_000 })
  const scope = { topic: "automation-commands", lane: "high" }
  const times: Array<number> = []
  for (let run = 0; run < options.runs; run += 1) {
    for (const [path, shown] of [
      ["/api/controls/pauses", true],
      ["/api/controls/pauses/resume", false]
    ] as const) {
      await ask(page, "POST", path, scope)
      const startedMs = performance.now()
      const script = `document.body.innerText.includes("high, paused") === ${shown}`
      while (!(await page.evaluate<boolean>(script))) {
        if (performance.now() - startedMs > 30_000) throw new Error("the overview does not show the pause")
        await new Promise((resume) => setTimeout(resume, 10))
      }
      times.push(performance.now() - startedMs)
    }
  }
  return figureOf("a pause shows on the open overview after", "ms", times, { better: "lower" })
}

const apiFigures = (loads: ReadonlyArray<PathLoad>): ReadonlyArray<Figure> => {
  const refused = loads.reduce((sum, one) => sum + one.refused, 0)
  if (refused > 0) throw new Error(`${refused} requests were refused`)
  const all = loads.flatMap(({ times }) => times)
  const shares = [0.5, 0.99] as const
  return [
    figureOf("API", "requests/s", [all.length / seconds]),
    ...shares.map((share) => figureOf(`API, p${share * 100}`, "ms", [percentile(all, share)], { better: "lower" })),
    ...loads.map(({ path, times }) =>
      figureOf(`API ${path}, p99`, "ms", [percentile(times, 0.99)], { better: "lower" })
    )
  ]
}

const measureAll = async (run: StartedRun): Promise<ReadonlyArray<Figure>> => {
  const browser = await launchChromium()
  try {
    const context = await browser.newContext({ locale: "en-US", viewport: { width: 1280, height: 860 } })
    const page = await context.newPage()
    await follow(page, run.firstAdmin ?? "")
    const live = await measureLive(page, run.apiUrl)
    progress(options, "live updates measured")
    await ask(page, "PUT", "/api/session/workspace", { workspaceId: run.plan.runId })
    const { secret } = await ask<{ secret: string }>(page, "POST", "/api/tokens", {
      name: "bench",
      role: "viewer",
      granted: []
    })
    const loaded = await measurePages(browser, run.apiUrl, await context.storageState())
    progress(options, "pages measured")
    await context.close()
    const paths = [
      "/api/overview",
      "/api/trading/accounts?limit=100",
      "/api/trading/positions?limit=100",
      `/api/trading/accounts/${run.plan.accountIdOf("a0")}`,
      "/api/audit?limit=50"
    ]
    const headers = { authorization: `Bearer ${secret}` }
    await loadApi(run.apiUrl, headers, paths, { connections, seconds: 3 })
    const loads = await loadApi(run.apiUrl, headers, paths, { connections, seconds })
    const memory = run.services.map(({ name, pid }) =>
      figureOf(`memory of ${name}`, "MB", [residentMemoryMB(pid())], { better: "lower" })
    )
    return [...loaded, live, ...apiFigures(loads), ...memory]
  } finally {
    await browser.close()
  }
}

const folder = makeDataFolder()
const measured = Effect.gen(function* () {
  const stack = yield* startStack({ dataFolder: folder })
  const startedMs = performance.now()
  const run = yield* startFeedRun({ stack, dataFolder: folder, scenario, candles: candles(), speed: 60 })
  progress(options, `${accounts} accounts ready after ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`)
  yield* run.control.startFeed
  yield* Effect.forkScoped(writeRecords(run))
  return yield* Effect.tryPromise(() => measureAll(run))
}).pipe(Effect.scoped)

try {
  const figures = await Effect.runPromise(measured)
  finish(
    {
      benchmark: "dashboard",
      question: "Dashboard and API with 10,000 accounts beside 1,000 records a second",
      settings: { accounts, positions, rate, connections, seconds },
      figures,
      targets: []
    },
    options
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
