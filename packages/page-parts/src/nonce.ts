// Foreign boundary: the document that the page was loaded with.
import { setNonce } from "get-nonce"

/** The word that the built page holds where control-api puts each answer's nonce. */
const unfilled = "__CSP_NONCE__"

/** What lets styles that the page makes pass the Content-Security-Policy; empty where no server put one in. */
export const styleNonce = (): string => {
  const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? ""
  return nonce === unfilled ? "" : nonce
}

/** Gives the nonce to the part of Mantine's dialogs that holds the page behind them still. */
export const shareNonce = (): void => setNonce(styleNonce())
