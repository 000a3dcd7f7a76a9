import react from "@vitejs/plugin-react"
import { defineConfig, type Plugin } from "vite"

/** Where `vite` alone finds the API while the page is worked on; the built page asks where it came from. */
const api = process.env.DASHBOARD_API_URL ?? "http://127.0.0.1:3080"

/** Stops a build whose page reaches code that only servers can run. */
const noServerCode: Plugin = {
  name: "millrace:no-server-code",
  generateBundle(_, bundle) {
    for (const output of Object.values(bundle)) {
      const foreign = output.type === "chunk" ? output.moduleIds.find((id) => /browser-external/u.test(id)) : undefined
      if (foreign !== undefined) this.error(`the page reaches code that only servers can run: ${foreign}`)
    }
  }
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), noServerCode],
  // control-api puts a new nonce for this word into each answer: styles that the page makes need one.
  html: { cspNonce: "__CSP_NONCE__" },
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 1_000,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false }
  },
  server: { proxy: { "/api": api } }
})
