/** A price is one of now, is older than a limit, or was filled in after a gap. */
export type Freshness = "fresh" | "price_stale" | "market_gap"

interface Group<A> {
  readonly members: Set<A>
  freshness: Freshness
}

/**
 * Who holds on prices that are not fresh, by the age that each takes for fresh. A tick tells only those for whom that
 * changed; while all prices are fresh it costs one comparison, else one for each different limit.
 */
export class FreshnessGroups<A> {
  private readonly groups = new Map<number, Group<A>>()
  private smallestMs = Number.POSITIVE_INFINITY
  private allFresh = true
  private ageMs = 0
  private gap = false

  join(member: A, freshForMs: number): void {
    let group = this.groups.get(freshForMs)
    if (group === undefined) {
      group = { members: new Set(), freshness: this.freshnessFor(freshForMs) }
      this.groups.set(freshForMs, group)
      this.smallestMs = Math.min(this.smallestMs, freshForMs)
      if (group.freshness !== "fresh") this.allFresh = false
    }
    group.members.add(member)
  }

  leave(member: A, freshForMs: number): void {
    const group = this.groups.get(freshForMs)
    if (group === undefined || !group.members.delete(member) || group.members.size > 0) return
    this.groups.delete(freshForMs)
    if (freshForMs === this.smallestMs) this.smallestMs = Math.min(...this.groups.keys())
  }

  /** A tick came: returns the members for whom the freshness is another than at the tick before. */
  turn(ageMs: number, gap: boolean): ReadonlyArray<A> {
    this.ageMs = ageMs
    this.gap = gap
    const allFresh = !gap && ageMs <= this.smallestMs
    if (allFresh && this.allFresh) return []
    this.allFresh = allFresh
    const turned: Array<A> = []
    for (const [freshForMs, group] of this.groups) {
      const freshness = this.freshnessFor(freshForMs)
      if (freshness === group.freshness) continue
      group.freshness = freshness
      turned.push(...group.members)
    }
    return turned
  }

  private freshnessFor(freshForMs: number): Freshness {
    if (this.gap) return "market_gap"
    return this.ageMs > freshForMs ? "price_stale" : "fresh"
  }
}
