import { type FaultKind, type FaultName, faultKinds } from "./FaultKind.ts"
import { SeededRandom } from "./SeededRandom.ts"

/** One fault of a run; times are seconds since the load began. */
export interface PlannedFault {
  readonly kind: FaultName
  readonly atSeconds: number
  /** 0: it is one event. */
  readonly forSeconds: number
  /** Which of the workers or brokers, taken modulo their number. */
  readonly target: number
}

export interface ScheduleOptions {
  readonly seed: number
  readonly seconds: number
  readonly kinds: ReadonlyArray<FaultName>
}

/** Time before the first fault, and from one fault's beginning to the next one's. */
const quietSeconds = 8
const slotSeconds = 22

const durationOf = (random: SeededRandom, kind: FaultKind): number => {
  const [shortest, longest] = kind.seconds
  return longest === 0 ? 0 : Math.round((shortest + random.next() * (longest - shortest)) * 10) / 10
}

/**
 * Returns the faults of a run; the same seed, length and kinds give the same ones.
 *
 * Every kind comes once, in an order drawn from the seed, before one comes again. A fault begins in its slot of 22 s; one
 * in five slots has a second fault, so that faults also meet.
 */
export const faultSchedule = ({ kinds, seconds, seed }: ScheduleOptions): ReadonlyArray<PlannedFault> => {
  const random = new SeededRandom(seed)
  const faults: Array<PlannedFault> = []
  let waiting: Array<FaultName> = []
  const take = (): FaultName => {
    if (waiting.length === 0) waiting = [...random.shuffled(kinds)]
    return waiting.shift() as FaultName
  }
  const plan = (start: number) => {
    const kind = take()
    const forSeconds = durationOf(random, faultKinds[kind])
    const atSeconds = Math.round((start + random.next() * 3) * 10) / 10
    faults.push({ kind, atSeconds, forSeconds, target: random.between(0, 60) })
  }
  for (let start = quietSeconds; start + slotSeconds <= seconds + 6; start += slotSeconds) {
    plan(start)
    if (random.next() < 0.2) plan(start + 3)
  }
  return faults.sort((one, other) => one.atSeconds - other.atSeconds)
}
