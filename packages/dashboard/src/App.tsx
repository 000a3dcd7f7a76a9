import { MantineProvider } from "@mantine/core"
import { Notifications } from "@mantine/notifications"
import { CrashGuard, LanguageProvider, queries, styleNonce, theme, variables } from "@millrace/page-parts"
import { QueryClientProvider } from "@tanstack/react-query"
import { SignedInPage } from "./SignedInPage.tsx"
import { words } from "./words.ts"

/** The whole page: look, language, requests; then whoever is signed in, or sign-in. */
export const App = () => (
  <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={styleNonce}>
    <LanguageProvider phrases={words}>
      <Notifications position="bottom-right" limit={4} />
      <QueryClientProvider client={queries}>
        <CrashGuard>
          <SignedInPage />
        </CrashGuard>
      </QueryClientProvider>
    </LanguageProvider>
  </MantineProvider>
)
