/** What an API key may do that Millrace needs, lacks, or should not be able to. */
export interface RightsVerdict {
  /** Needed and not granted: the key can't be used. */
  readonly missing: ReadonlyArray<string>
  /** The key may not trade on cross margin. */
  readonly withoutCross: boolean
  /** Granted and never needed: whoever gets hold of the key can do more harm than trading. */
  readonly excessive: ReadonlyArray<string>
}

/** Reading and closing isolated trades is what every guard needs. */
const needed = ["futures:isolated:read", "futures:isolated:write"]
const neededForCross = ["futures:cross:read", "futures:cross:write"]

/** Rights under which money can leave the account, or be turned into something else. */
const dangerous = ["account:withdraw", "account:write", "synthetic-usd:write"]

/** Whether one of the granted rights (`*`, `futures:*`, `futures:isolated:read`) covers the asked one. */
const covers = (granted: string, asked: string): boolean =>
  granted === "*" || granted === asked || (granted.endsWith(":*") && asked.startsWith(granted.slice(0, -1)))

/** Judges rights as the exchange names them. The full list of its names is not known: unknown ones count as harmless. */
export const judgeRights = (granted: ReadonlyArray<string>): RightsVerdict => {
  const has = (asked: string): boolean => granted.some((one) => covers(one, asked))
  return {
    missing: needed.filter((right) => !has(right)),
    withoutCross: neededForCross.some((right) => !has(right)),
    excessive: granted.filter((one) => one.includes("withdraw") || dangerous.some((right) => covers(one, right)))
  }
}

/** The network that an address of the exchange belongs to; `undefined`: neither of the exchange's own. */
export const networkOfAddress = (url: URL): "mainnet" | "testnet" | undefined => {
  const { hostname } = url
  if (!/(^|\.)lnmarkets\.com$/u.test(hostname)) return undefined
  return /(^|\.)(testnet\d*|signet)\./u.test(hostname) ? "testnet" : "mainnet"
}
