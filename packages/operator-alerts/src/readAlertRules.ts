// Foreign boundary: reads the rules' file from the disk.
import { readFile } from "node:fs/promises"
import { AlertSeverity, decodeYaml } from "@millrace/contracts"
import { Effect, Result, Schema } from "effect"
import { AlertRule, type AlertRules } from "./AlertRule.ts"
import { defaultRules } from "./defaultRules.ts"

/** The file of rules can't be read, or says something that no rule knows. */
export class AlertRulesInvalid extends Schema.TaggedError<AlertRulesInvalid>()("AlertRulesInvalid", {
  file: Schema.String,
  faults: Schema.Array(Schema.String)
}) {
  override get message() {
    return `The alert rules of ${this.file} (ALERT_RULES) are wrong:\n${this.faults.join("\n")}\ndocs/alerts.md lists the kinds of rules and what each may set.`
  }
}

const Names = Schema.Array(Schema.NonEmptyString)
const changes = {
  kind: Schema.String,
  off: Schema.Boolean,
  severity: AlertSeverity,
  title: Schema.NonEmptyString,
  whatToDo: Schema.NonEmptyString,
  forSeconds: Schema.Finite,
  keepSeconds: Schema.Finite,
  only: Names,
  except: Names,
  lanes: Names,
  lagRecords: Schema.Int,
  ageSeconds: Schema.Finite,
  share: Schema.Finite,
  attempts: Schema.Int,
  seconds: Schema.Finite,
  open: Schema.Int,
  workers: Names
}
type Optional<F extends Record<string, Schema.Top>> = { readonly [K in keyof F]: Schema.optionalKey<F[K]> }
const Change = Schema.Struct(
  Object.fromEntries(Object.entries(changes).map(([name, field]) => [name, Schema.optionalKey(field)])) as Optional<
    typeof changes
  >
)
const RulesFile = Schema.Struct({ rules: Schema.Record(Schema.String, Change) })

/**
 * The built-in rules, changed as the text of a file says: a rule of the same name takes what is given, one with `off: true` is
 * left out, and a new name makes a further rule of the `kind` that it names. Fails with every fault.
 */
export const parseAlertRules = (text: string, file: string): Result.Result<AlertRules, ReadonlyArray<string>> => {
  const decoded = decodeYaml(RulesFile as Schema.Codec<typeof RulesFile.Type, unknown>, text, file)
  if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
  const { value, where } = decoded.success
  const rules = new Map(defaultRules)
  const faults: Array<string> = []
  for (const [name, change] of Object.entries(value.rules)) {
    const { kind, off, ...given } = change
    const place = `${where(["rules", name])}: rules.${name}`
    const known = rules.get(name)
    if (!/^[a-z][a-z0-9-]{0,63}$/u.test(name))
      faults.push(`${place}: a name has small letters, digits and hyphens only`)
    else if (off === true) rules.delete(name)
    else if (kind !== undefined && !kinds.some((one) => one === kind))
      faults.push(`${place}: found the kind ${kind}, expected one of ${kinds.join(", ")}`)
    else if (known === undefined && kind === undefined)
      faults.push(`${place}: a new rule needs a kind: ${kinds.join(", ")}`)
    else {
      const rule = decodeRule({ ...(known ?? templateOf(kind!)), ...given, _tag: kind ?? known?._tag })
      if (Result.isSuccess(rule)) rules.set(name, rule.success)
      else faults.push(`${place}: ${rule.failure.message.split("\n").join("; ")}`)
    }
  }
  return faults.length > 0 ? Result.fail(faults) : Result.succeed(rules)
}

/** The rules of a file. Fails with `AlertRulesInvalid`. */
export const readAlertRules = (file: string): Effect.Effect<AlertRules, AlertRulesInvalid> =>
  Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: () => new AlertRulesInvalid({ file, faults: [`${file}: it can't be read`] })
  }).pipe(
    Effect.flatMap((text) =>
      Effect.fromResult(
        Result.mapError(parseAlertRules(text, file), (faults) => new AlertRulesInvalid({ file, faults }))
      )
    )
  )

const decodeRule = (given: unknown) => {
  const kind = Reflect.get(given as object, "_tag")
  const schema = AlertRule.members.find((member) => member.fields._tag.schema.literal === kind)
  return Schema.decodeUnknownResult((schema ?? AlertRule) as Schema.Codec<AlertRule, unknown>, {
    errors: "all",
    onExcessProperty: "error"
  })(given)
}

const kinds = [...new Set([...defaultRules.values()].map(({ _tag }) => _tag))]

/** The first built-in rule of a kind: a new one takes from it what it does not say. */
const templateOf = (kind: string): AlertRule | undefined => [...defaultRules.values()].find(({ _tag }) => _tag === kind)
