import type { Permission } from "@millrace/contracts/schemas"
import { Context, Option } from "effect"
import type { HttpApiEndpoint } from "effect/http-api"

/** What an endpoint needs of its caller. */
export interface EndpointNeeds {
  /** `none`: being signed in is enough. */
  readonly permission: Permission | "none"
  /**
   * `workspace`: what it shows and changes belongs to the caller's workspace. `installation`: it concerns all workspaces, so
   * that only members of the workspace `system` may.
   */
  readonly of: "workspace" | "installation"
}

/** Annotation of an endpoint. One without it is refused: nobody forgets to say who may. */
export class Needs extends Context.Service<Needs, EndpointNeeds>()("@millrace/api/Needs") {}

/** The annotation that an endpoint needs this permission in the caller's workspace. */
export const needs = (permission: EndpointNeeds["permission"], of: EndpointNeeds["of"] = "workspace") =>
  Context.make(Needs, { permission, of })

/** What an endpoint needs; undefined where nobody said it. */
export const needsOf = (endpoint: HttpApiEndpoint.Top): EndpointNeeds | undefined =>
  Option.getOrUndefined(Context.getOption(endpoint.annotations, Needs))
