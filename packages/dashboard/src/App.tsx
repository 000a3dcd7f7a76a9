import { MantineProvider } from "@mantine/core"
import { Notifications } from "@mantine/notifications"
import { QueryClientProvider } from "@tanstack/react-query"
import { CrashGuard } from "./CrashGuard.tsx"
import { LanguageProvider } from "./LanguageProvider.tsx"
import { styleNonce } from "./nonce.ts"
import { queries } from "./queries.ts"
import { SignedInPage } from "./SignedInPage.tsx"
import { theme, variables } from "./theme.ts"

/** The whole page: look, language, requests; then whoever is signed in, or sign-in. */
export const App = () => (
  <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={styleNonce}>
    <LanguageProvider>
      <Notifications position="bottom-right" limit={4} />
      <QueryClientProvider client={queries}>
        <CrashGuard>
          <SignedInPage />
        </CrashGuard>
      </QueryClientProvider>
    </LanguageProvider>
  </MantineProvider>
)
