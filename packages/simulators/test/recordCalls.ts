// biome-ignore-all lint/suspicious/noExplicitAny: for libraries that have no types where they are not installed

/** A client whose functions work as before, and the names of those that were not called yet. */
export const recordCalls = (client: any): { readonly client: any; readonly uncalled: () => ReadonlyArray<string> } => {
  const uncalled = new Set<string>()
  const wrapped = (part: any, path: string): any => {
    if (typeof part !== "function")
      return Object.fromEntries(
        Object.entries(part).map(([name, each]) => [name, wrapped(each, path === "" ? name : `${path}.${name}`)])
      )
    uncalled.add(path)
    return (...args: ReadonlyArray<unknown>) => {
      uncalled.delete(path)
      return part(...args)
    }
  }
  return { client: wrapped(client, ""), uncalled: () => [...uncalled] }
}
