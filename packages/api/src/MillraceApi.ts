import { HttpApi, OpenApi } from "effect/http-api"
import { AccountsGroup } from "./AccountsGroup.ts"
import { AuditGroup } from "./AuditGroup.ts"
import { CommandsGroup } from "./CommandsGroup.ts"
import { CompatibilityGroup } from "./CompatibilityGroup.ts"
import { ControlsGroup } from "./ControlsGroup.ts"
import { DeadLettersGroup } from "./DeadLettersGroup.ts"
import { LiveGroup } from "./LiveGroup.ts"
import { RulesGroup } from "./RulesGroup.ts"
import { SessionGroup } from "./SessionGroup.ts"
import { ClearErrors } from "./SignedIn.ts"
import { TimersGroup } from "./TimersGroup.ts"
import { TokensGroup } from "./TokensGroup.ts"
import { TopicsGroup } from "./TopicsGroup.ts"
import { TradingGroup } from "./TradingGroup.ts"
import { UsersGroup } from "./UsersGroup.ts"
import { WorkspacesGroup } from "./WorkspacesGroup.ts"

/** The HTTP API of Millrace: everything that the dashboard and the command line can ask of it. */
export const MillraceApi = HttpApi.make("millrace")
  .add(SessionGroup, UsersGroup, WorkspacesGroup, TokensGroup, LiveGroup, DeadLettersGroup, TradingGroup)
  .add(AccountsGroup, RulesGroup, CommandsGroup, ControlsGroup)
  .add(TopicsGroup, TimersGroup, AuditGroup, CompatibilityGroup)
  .middleware(ClearErrors)
  .prefix("/api")
  // A misspelled field is refused, not left out: it may be the limit that somebody meant to set.
  .annotate(HttpApi.PayloadParseOptions, { onExcessProperty: "error" })
  .annotateMerge(
    OpenApi.annotations({
      title: "Millrace",
      version: "1",
      description:
        "Every request needs a token (`Authorization: Bearer <token>`) or a browser's session. The header `x-workspace` names the workspace; without it, it is that of the token or session."
    })
  )
