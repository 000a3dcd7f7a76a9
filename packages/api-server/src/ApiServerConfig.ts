import { Config, Context, Duration, Layer } from "effect"

/** Settings of the HTTP API and the dashboard's pages. */
export const ApiServerConfig = Config.all({
  /** Address that the API and the dashboard listen on; a container sets 0.0.0.0. */
  host: Config.String("HTTP_HOST").pipe(Config.withDefault("127.0.0.1")),
  /** Their port; 0 takes any free one, which is logged. */
  port: Config.Int("HTTP_PORT").pipe(Config.withDefault(0)),
  /** Where browsers find them, for example `https://millrace.example.org`: the only origin that may change anything. With https the session's cookie is `Secure`. Absent: the address they listen on. */
  publicUrl: Config.URL("PUBLIC_URL").pipe(Config.option),
  /** Folder with the dashboard's built files. Absent: a short page says how to get them. */
  dashboardFolder: Config.NonEmptyString("DASHBOARD_DIR").pipe(Config.option),
  /** How long a browser stays signed in. */
  sessionLifetime: Config.Duration("SESSION_LIFETIME").pipe(Config.withDefault(Duration.hours(12))),
  /** How long a one-time link works. */
  linkLifetime: Config.Duration("LINK_LIFETIME").pipe(Config.withDefault(Duration.hours(24))),
  /** Bytes of a request's body at most. */
  maxBodyBytes: Config.Int("MAX_BODY_BYTES").pipe(Config.withDefault(1_048_576)),
  /** Connections that are open at the same time at most; a further one is closed at once. */
  maxConnections: Config.Int("MAX_CONNECTIONS").pipe(Config.withDefault(2_000)),
  /** Attempts to sign in that one address may make for one user within the time below; ten times as many for all users, or from all addresses. */
  signInAttempts: Config.Int("SIGN_IN_ATTEMPTS").pipe(Config.withDefault(5)),
  /** The time that attempts to sign in are counted in. */
  signInWindow: Config.Duration("SIGN_IN_WINDOW").pipe(Config.withDefault(Duration.minutes(15))),
  /** Streams of events that are open at the same time at most; each session or token has one. */
  maxEventStreams: Config.Int("MAX_EVENT_STREAMS").pipe(Config.withDefault(500)),
  /** How often a stream of events on which nothing happens tells that it is alive, and how soon it ends once its caller may have it no longer. */
  eventHeartbeat: Config.Duration("EVENT_HEARTBEAT").pipe(Config.withDefault(Duration.seconds(15))),
  /** Whether a proxy of ours stands in front, whose last entry of `X-Forwarded-For` is the caller's address. */
  behindProxy: Config.Boolean("BEHIND_PROXY").pipe(Config.withDefault(false))
}).pipe(Config.nested("CONTROL_API"))

/** The settings, read once at the start. */
export class ApiSettings extends Context.Service<ApiSettings, Config.Success<typeof ApiServerConfig>>()(
  "@millrace/api-server/ApiSettings"
) {
  static readonly layer = Layer.effect(ApiSettings, ApiServerConfig)
}
