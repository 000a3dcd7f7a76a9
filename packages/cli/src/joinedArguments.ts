/**
 * Joins a flag with a value that begins with a minus and a digit (`--at -10m`), which would be taken for short flags, into
 * one argument (`--at=-10m`). No short flag of `millrace` is a digit.
 */
export const joinedArguments = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const joined: Array<string> = []
  for (const arg of args) {
    const before = joined.at(-1)
    if (before !== undefined && /^--[a-z][a-z-]*$/u.test(before) && /^-\d/u.test(arg))
      joined[joined.length - 1] = `${before}=${arg}`
    else joined.push(arg)
  }
  return joined
}
