import type { CallerFacts } from "@millrace/api"
import { systemWorkspace } from "@millrace/contracts"

/** Whether what a caller asks for is that of all workspaces: in the workspace `system`, of which only members of the installation are. */
export const seesAll = ({ wholeInstallation, workspaceId }: CallerFacts): boolean =>
  wholeInstallation && workspaceId === systemWorkspace

/** What limits a selection to the caller's workspace; nothing where he sees all of them. */
export const inWorkspace = (caller: CallerFacts): { readonly workspaceId?: string } =>
  seesAll(caller) ? {} : { workspaceId: caller.workspaceId }
