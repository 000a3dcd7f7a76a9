// Foreign boundary: the page itself.
import "@mantine/core/styles.css"
import "@mantine/notifications/styles.css"
import "./page.css"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { App } from "./App.tsx"
import { shareNonce } from "./nonce.ts"

shareNonce()
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>
)
