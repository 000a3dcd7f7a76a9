// Foreign boundary: kafkajs calls this logger, from outside of Effect.
import { type Context, Effect } from "effect"
import { type logCreator, logLevel } from "kafkajs"

/** Below this level kafkajs does not even call. */
export const kafkaJsLogLevel = logLevel.WARN

/**
 * Hands kafkajs's log lines over to Effect's loggers of this context, all at debug level.
 *
 * kafkajs calls an error what it then tries again and mends (a coordinator that is loading, a transaction that is still
 * being closed). What it can't mend reaches its caller as a `KafkaError`, and is told there.
 */
export const kafkaJsLogs = (context: Context.Context<never>): logCreator => {
  const run = Effect.runForkWith(context)
  return () =>
    ({ log, namespace }) => {
      const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...details } = log
      run(Effect.logDebug(`kafkajs ${namespace}: ${message}`, details))
    }
}
