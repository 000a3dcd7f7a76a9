import { Result } from "effect"

const operators = ["!=", ">=", "<=", "=", ">", "<", "~"] as const
type Operator = (typeof operators)[number]

/** A condition on one field of a record, for example `action._tag=close_position` or `trades.0.quantityUsd>=100`. */
export interface FieldCondition {
  /** Names and places on the way to the field; `header` as the first one means a header of the record. */
  readonly path: ReadonlyArray<string>
  readonly operator: Operator
  readonly operand: string
}

/** How conditions are written, for help texts. */
export const conditionForms =
  "FIELD=VALUE, !=, >, >=, <, <= or ~ (holds the text); FIELD is a path such as action._tag or trades.0.id, or header.NAME"

/** Reads a condition. Fails with what was expected. */
export const parseCondition = (text: string): Result.Result<FieldCondition, string> => {
  const [, path, operator, operand] = /^([^=!<>~]+?)\s*(!=|>=|<=|=|>|<|~)\s*(.*)$/su.exec(text.trim()) ?? []
  if (path === undefined || operator === undefined || operand === undefined)
    return Result.fail(`Expected ${conditionForms}; found ${text === "" ? "nothing" : text}`)
  const names = path.trim().split(".")
  return Result.succeed({
    // A header's name may hold dots.
    path: names[0] === "header" ? ["header", names.slice(1).join(".")] : names,
    operator: operator as Operator,
    operand
  })
}

/** What conditions are asked of: the value as JSON, and the headers. */
export interface ConditionSubject {
  readonly value: unknown
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Whether the condition holds. Numbers are compared as numbers where both sides are some, else as texts; a field that is not
 * there is only unequal to everything, but for `FIELD=` which asks for exactly that.
 */
export const holds = ({ operand, operator, path }: FieldCondition, { headers, value }: ConditionSubject): boolean => {
  const found = path[0] === "header" ? headers[path[1] ?? ""] : path.reduce(fieldOf, value)
  if (found === undefined || found === null)
    return operator === "!=" ? operand !== "" : operator === "=" && operand === ""
  const text = typeof found === "object" ? JSON.stringify(found) : String(found)
  if (operator === "~") return text.toLowerCase().includes(operand.toLowerCase())
  const order = orderOf(text, operand)
  switch (operator) {
    case "=":
      return order === 0
    case "!=":
      return order !== 0
    case ">":
      return order > 0
    case ">=":
      return order >= 0
    case "<":
      return order < 0
    case "<=":
      return order <= 0
  }
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined

const orderOf = (one: string, other: string): number => {
  const [a, b] = [Number(one), Number(other)]
  if (one.trim() !== "" && other.trim() !== "" && !Number.isNaN(a) && !Number.isNaN(b)) return a - b
  return one < other ? -1 : one > other ? 1 : 0
}
