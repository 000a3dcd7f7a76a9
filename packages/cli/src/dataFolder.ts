import { askedDataFolder } from "@millrace/local"
import { Option } from "effect"
import { Flag } from "effect/cli"

/** Flag of the commands that are about this machine's own stack and services. */
export const dataFolder = Flag.String("data").pipe(
  Flag.withDescription("Data folder; default MILLRACE_DATA, else .millrace/default"),
  Flag.optional,
  Flag.map((asked) => askedDataFolder(Option.getOrUndefined(asked)))
)
