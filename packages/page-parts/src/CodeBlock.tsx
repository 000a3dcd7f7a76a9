import { Box, Button, CopyButton } from "@mantine/core"
import { useWords } from "./useWords.ts"

/** A text as a machine writes it, which can be copied whole. */
export const CodeBlock = ({ text, label }: { readonly text: string; readonly label: string }) => {
  const { say } = useWords()
  return (
    <Box className="code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section tabIndex={0} aria-label={label}>
        <pre>{text}</pre>
      </section>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button className="code-copy" variant="default" size="compact-xs" onClick={copy}>
            {say(copied ? "action.copied" : "action.copy")}
          </Button>
        )}
      </CopyButton>
    </Box>
  )
}
