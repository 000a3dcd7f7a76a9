import { Schema } from "effect"

/** What every error of the API says. Nothing of a request's values is in it, so no secret can be. */
const said = {
  /** Which part of the request, for example `payload.email`, or which thing. */
  where: Schema.String,
  /** What was there, in words. */
  found: Schema.String,
  /** What would have been right. */
  expected: Schema.String,
  /** What the caller can do now. */
  whatToDo: Schema.String
}

interface Said {
  readonly where: string
  readonly found: string
  readonly expected: string
  readonly whatToDo: string
}

const sentence = ({ where, found, expected, whatToDo }: Said): string =>
  `${where}: ${found}, expected ${expected}. ${whatToDo}`

/** A part of the request is not of its schema. */
export class Invalid extends Schema.TaggedError<Invalid>()("Invalid", said, { httpApiStatus: 400 }) {
  override get message() {
    return sentence(this)
  }
}

/** Nobody is signed in, or the token or session has ended. */
export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", said, {
  httpApiStatus: 401
}) {
  override get message() {
    return sentence(this)
  }
}

/** The caller is known and may not do this. */
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", said, { httpApiStatus: 403 }) {
  override get message() {
    return sentence(this)
  }
}

/** There is no such thing in the caller's workspace; whether another workspace has it is not told. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", said, { httpApiStatus: 404 }) {
  override get message() {
    return sentence(this)
  }
}

/** What is stored does not allow the change: something is there already, was changed meanwhile, or is the last one. */
export class Conflict extends Schema.TaggedError<Conflict>()("Conflict", said, { httpApiStatus: 409 }) {
  override get message() {
    return sentence(this)
  }
}

/** The body is larger than the server takes. */
export class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", said, { httpApiStatus: 413 }) {
  override get message() {
    return sentence(this)
  }
}

/** Tried too often; the header `Retry-After` says the same. */
export class TooMany extends Schema.TaggedError<TooMany>()(
  "TooMany",
  { ...said, retryAfterSeconds: Schema.Int },
  { httpApiStatus: 429 }
) {
  override get message() {
    return sentence(this)
  }
}

/** The server failed; its log has the cause under the id. */
export class Failed extends Schema.TaggedError<Failed>()(
  "Failed",
  { ...said, failureId: Schema.String },
  { httpApiStatus: 500 }
) {
  override get message() {
    return sentence(this)
  }
}

/** PostgreSQL or Kafka does not answer; nothing was changed. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", said, { httpApiStatus: 503 }) {
  override get message() {
    return sentence(this)
  }
}

/** Errors that any endpoint can answer with. */
export const everywhere = [Invalid, TooLarge, Failed, Unavailable] as const

/** Errors of endpoints for those who are signed in, besides `everywhere`. */
export const signedInErrors = [Unauthenticated, Forbidden, NotFound, Conflict, Unavailable] as const

/** Any error of the API, as a client decodes it. */
export const ApiError = Schema.Union([
  Invalid,
  Unauthenticated,
  Forbidden,
  NotFound,
  Conflict,
  TooLarge,
  TooMany,
  Failed,
  Unavailable
])
export type ApiError = typeof ApiError.Type
