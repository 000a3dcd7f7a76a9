import type { Permission } from "@millrace/contracts/schemas"
import type { IconName } from "@millrace/page-parts"
import { type ComponentType, type LazyExoticComponent, lazy } from "react"
import { UnknownBadge } from "./UnknownBadge.tsx"
import type { WordKey } from "./words.ts"

/** A page of the menu. */
export interface PageRoute {
  readonly path: string
  readonly title: WordKey
  readonly icon: IconName
  /** Who sees it. */
  readonly needs: Permission
  readonly page: LazyExoticComponent<ComponentType>
  /** Beside its name in the menu, for what somebody has to look after. */
  readonly badge?: ComponentType
}

/** The pages in the menu's order; each is loaded when it is opened first. */
export const routes: ReadonlyArray<PageRoute> = [
  {
    path: "/",
    title: "nav.overview",
    icon: "overview",
    needs: "read",
    page: lazy(() => import("./OverviewPage.tsx"))
  },
  {
    path: "/trading",
    title: "nav.trading",
    icon: "trading",
    needs: "read",
    page: lazy(() => import("./TradingPage.tsx"))
  },
  {
    path: "/commands",
    title: "nav.commands",
    icon: "commands",
    needs: "read",
    page: lazy(() => import("./CommandsPage.tsx")),
    badge: UnknownBadge
  },
  {
    path: "/topics",
    title: "nav.topics",
    icon: "topics",
    needs: "read",
    page: lazy(() => import("./TopicsPage.tsx"))
  },
  {
    path: "/dead-letters",
    title: "nav.letters",
    icon: "letters",
    needs: "read",
    page: lazy(() => import("./DeadLettersPage.tsx"))
  },
  {
    path: "/parked",
    title: "nav.parked",
    icon: "parked",
    needs: "read",
    page: lazy(() => import("./ParkedPage.tsx"))
  },
  {
    path: "/timers",
    title: "nav.timers",
    icon: "timers",
    needs: "read",
    page: lazy(() => import("./TimersPage.tsx"))
  },
  {
    path: "/audit",
    title: "nav.audit",
    icon: "audit",
    needs: "read",
    page: lazy(() => import("./AuditPage.tsx"))
  },
  {
    path: "/members",
    title: "nav.members",
    icon: "people",
    needs: "administer",
    page: lazy(() => import("./MembersPage.tsx"))
  },
  {
    path: "/tokens",
    title: "nav.tokens",
    icon: "key",
    needs: "read",
    page: lazy(() => import("./TokensPage.tsx"))
  },
  {
    path: "/workspaces",
    title: "nav.workspaces",
    icon: "controls",
    needs: "read",
    page: lazy(() => import("./WorkspacesPage.tsx"))
  }
]
