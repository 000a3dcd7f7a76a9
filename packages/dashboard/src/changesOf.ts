type Figures = Readonly<Record<string, string | number | boolean>>

/** A field with what it was and what it is; absent: it was, or is, not there. */
export interface FieldChange {
  readonly name: string
  readonly before?: string
  readonly after?: string
}

/** Fields that differ, in their order. */
export const changesOf = (before: Figures = {}, after: Figures = {}): ReadonlyArray<FieldChange> =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .map((name) => ({
      name,
      ...(before[name] === undefined ? {} : { before: String(before[name]) }),
      ...(after[name] === undefined ? {} : { after: String(after[name]) })
    }))
