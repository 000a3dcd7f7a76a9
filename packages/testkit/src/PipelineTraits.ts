/** What the stages of a pipeline are put to besides faults; each makes handlers, topics and rules of its own. */
export interface PipelineTraits {
  /** Topics keep parked records, and some failures ask for waits that are parked. */
  readonly parked: boolean
  /** Handling some records ends the process. */
  readonly deadly: boolean
  /** Outcomes and commits share transactions. */
  readonly transactional: boolean
  /** Now and then a stage's dependency is down, and whole lanes wait for it. */
  readonly laneHolds: boolean
}

export const plainTraits: PipelineTraits = { parked: false, deadly: false, transactional: false, laneHolds: false }
