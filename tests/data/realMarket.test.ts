import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { it } from "vitest"
import { assertLockstepRun } from "./lockstepAgainstRecomputation.ts"

/**
 * Eight days of one-minute candles of November 2018, when Bitcoin fell from 6,400 to 4,300 USD. The file lies beside the
 * checkout or where MILLRACE_MARKET_DATA says; without it the test is skipped, and the run fails because it does not prove a
 * guarantee.
 */
const file =
  process.env.MILLRACE_MARKET_DATA ??
  fileURLToPath(new URL("../../../shared/data/btcusd-1m-2018-11-13.csv", import.meta.url))

/** @guarantee protection: The decisions of a file are those of a straight recomputation, none lost, none doubled */
it.skipIf(!existsSync(file))(
  "decides the whole real market file as the recomputation does",
  { timeout: 40 * 60_000 },
  async () => {
    const run = await assertLockstepRun(readFileSync(file, "utf8"))
    process.stderr.write(
      `real market: ${run.summary.ticksSent} ticks in ${run.seconds.toFixed(1)} s, ` +
        `${run.summary.commands.length} commands, latency ${JSON.stringify(run.summary.latencyMs)} ms\n`
    )
  }
)
