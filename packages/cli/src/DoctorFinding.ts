import { redactText } from "@millrace/telemetry"

/** What one check of the set-up found. */
export interface DoctorFinding {
  /** What was checked, in a few words. */
  readonly check: string
  /** `skipped`: it could not be asked, as what it needs is not there. */
  readonly state: "ok" | "warning" | "failed" | "skipped"
  readonly found: string
  /** What to do about it; absent where nothing has to be done. */
  readonly whatToDo?: string
}

export const ok = (check: string, found: string): DoctorFinding => ({ check, state: "ok", found })
export const warning = (check: string, found: string, whatToDo: string): DoctorFinding => ({
  check,
  state: "warning",
  found,
  whatToDo
})
export const failed = (check: string, found: string, whatToDo: string): DoctorFinding => ({
  check,
  state: "failed",
  // What others said: a foreign library's error may quote an address with its password.
  found: redactText(found),
  whatToDo
})
export const skipped = (check: string, found: string): DoctorFinding => ({ check, state: "skipped", found })

const marks = { ok: "ok     ", warning: "WARNING", failed: "FAILED ", skipped: "skipped" } as const

/** Findings as lines for people, with what to do below each that asks for it. */
export const doctorLines = (findings: ReadonlyArray<DoctorFinding>): ReadonlyArray<string> => {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const count = (state: DoctorFinding["state"]) => findings.filter((finding) => finding.state === state).length
  return [
    ...findings.flatMap(({ check, found, state, whatToDo }) => [
      `${marks[state]}  ${check.padEnd(width)}  ${found}`,
      ...(whatToDo === undefined ? [] : [`${" ".repeat(width + 11)}→ ${whatToDo}`])
    ]),
    `${count("ok")} ok, ${count("warning")} warnings, ${count("failed")} failed, ${count("skipped")} skipped`
  ]
}
