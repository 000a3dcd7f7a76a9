import { type ServiceReport, serviceReports } from "@millrace/contracts"
import { History } from "@millrace/history"
import { Effect, Stream } from "effect"

/** The last report of each process that has not ended in order. */
export const lastReports = Effect.gen(function* () {
  const history = yield* History
  const last = new Map<string, ServiceReport>()
  yield* history
    .records(serviceReports, { whatIsLeft: true })
    .pipe(
      Stream.runForEach(({ key, value }) =>
        Effect.sync(() => (value === null ? last.delete(key) : last.set(key, value)))
      )
    )
  return [...last.values()].toSorted((one, other) => (one.service < other.service ? -1 : 1))
})
