// Foreign boundary: writes lines to the process's standard error, which is synchronous for files and terminals.
import { Logger } from "effect"
import { formatLogLine, logLine } from "./LogLine.ts"
import { redactText } from "./redactText.ts"

/** Logs each call as one JSON line on standard error; standard output stays free for a process's events. */
export const jsonLogger = (worker: string): Logger.Logger<unknown, void> =>
  Logger.make((options) => {
    process.stderr.write(`${redactText(formatLogLine(logLine(worker, options)))}\n`)
  })

/** Prints one event of the process as a JSON line on standard output, for whoever started it. */
export const printEvent = (event: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}
