// Foreign boundary: the browser's document.
import { useEffect } from "react"

/** The application's name, as the document tells it. */
const application = (): string =>
  document.querySelector<HTMLMetaElement>("meta[name=application-name]")?.content ?? document.title

/** Names the page in the browser's tab, history and bookmarks. */
export const usePageTitle = (title: string): void => {
  useEffect(() => {
    document.title = `${title} · ${application()}`
  }, [title])
}
