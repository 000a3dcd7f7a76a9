import type { Overview } from "@millrace/api"
import { Figure, Sparkline, type Tone, useTrail, useWords } from "@millrace/page-parts"

const toneAbove = (value: number, warning: number, bad: number): Tone => {
  if (value >= bad) return "bad"
  return value >= warning ? "warning" : "plain"
}

const sum = <A,>(all: ReadonlyArray<A>, of: (one: A) => number): number =>
  all.reduce((total, one) => total + of(one), 0)

/** Dead letters that wait, of all workspaces. */
const LetterFigure = ({ letters }: { readonly letters: NonNullable<Overview["deadLetters"]> }) => {
  const { say, format } = useWords()
  const quarantined = sum(letters, (one) => one.quarantined)
  const waiting = quarantined + sum(letters, ({ open }) => open)
  return (
    <Figure
      label={say("overview.letters")}
      value={format.number(waiting)}
      tone={waiting > 0 ? "warning" : "good"}
      note={say("overview.lettersNote", { quarantined })}
    />
  )
}

/** The state of things in seven figures. */
export const OverviewFigureRow = ({ overview }: { readonly overview: Overview }) => {
  const { say, format } = useWords()
  const { totals, services, breakers, deadLetters } = overview
  const rates = useTrail(overview.atMs, totals.processedPerMinute)
  const lags = useTrail(overview.atMs, totals.lag)
  const all = sum(services, ({ processes, inactive }) => processes + inactive)
  const troubled = sum(services, ({ inactive, notReady, notLive }) => inactive + Math.max(notReady, notLive))
  const failureRate = totals.failureRate ?? 0
  const oldestAgeMs = totals.oldestAgeMs ?? 0
  const openBreakers = sum(breakers, ({ open, halfOpen }) => open + halfOpen)
  return (
    <div className="figures">
      <Figure
        label={say("overview.services")}
        value={`${format.number(all - troubled)} / ${format.number(all)}`}
        tone={troubled === 0 ? "good" : "bad"}
        note={say("overview.servicesNote", { active: all - sum(services, ({ inactive }) => inactive), all })}
      />
      <Figure
        label={say("overview.rate")}
        value={format.number(totals.processedPerMinute)}
        note={say("overview.rateNote")}
        chart={<Sparkline values={rates} />}
      />
      <Figure
        label={say("overview.lag")}
        value={format.number(totals.lag)}
        note={say("overview.lagNote")}
        chart={<Sparkline values={lags} />}
      />
      <Figure
        label={say("overview.failure")}
        value={format.percent(failureRate)}
        tone={toneAbove(failureRate, 0.01, 0.05)}
        note={say("overview.failureNote")}
      />
      <Figure
        label={say("overview.oldest")}
        value={format.duration(oldestAgeMs)}
        tone={toneAbove(oldestAgeMs, 30_000, 300_000)}
        note={say("overview.oldestNote")}
      />
      {deadLetters !== undefined && <LetterFigure letters={deadLetters} />}
      <Figure
        label={say("overview.breakers")}
        value={format.number(openBreakers)}
        tone={openBreakers > 0 ? "bad" : "good"}
        note={say("overview.breakersNote", { all: openBreakers + sum(breakers, ({ closed }) => closed) })}
      />
    </div>
  )
}
