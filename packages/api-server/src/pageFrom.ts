interface Asked {
  readonly after?: string
  readonly limit?: number
}

/** A page of a list that is held in memory; where it goes on is its place in the list. */
export const pageFrom = <A>(all: ReadonlyArray<A>, { after, limit = 50 }: Asked) => {
  const from = Math.max(0, Number.parseInt(after ?? "0", 10) || 0)
  const to = from + limit
  return { items: all.slice(from, to), total: all.length, ...(to < all.length ? { next: String(to) } : {}) }
}
