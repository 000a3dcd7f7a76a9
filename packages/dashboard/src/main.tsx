// Foreign boundary: the page itself.
import { shareNonce } from "@millrace/page-parts"
import "@mantine/core/styles.css"
import "@mantine/notifications/styles.css"
import "@millrace/page-parts/parts.css"
import "./page.css"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { App } from "./App.tsx"

shareNonce()
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>
)
