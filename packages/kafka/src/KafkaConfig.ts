import { pem } from "@millrace/contracts"
import { Config, ConfigProvider, Duration, Effect, Option, Redacted, Schema } from "effect"

/** How to reach Kafka. Names of the environment start with `KAFKA_`. */
export const KafkaConfig = Config.all({
  /** `host:port`, separated by commas; any of them leads to the others. */
  brokers: Config.Array(Schema.NonEmptyString, "BROKERS"),
  /** Encrypt connections, and check that the brokers' certificates are trusted and for the names they are reached by. */
  tls: Config.Boolean("TLS").pipe(Config.withDefault(false)),
  /** Certificates to trust, as PEM text or the path of a file with it. Default: those that Node trusts. */
  tlsCertificateAuthority: Config.option(pem("certificate", "TLS_CA")),
  /** Our own certificate and its key, for brokers that ask for one: PEM text or paths; neither without the other. */
  tlsCertificate: Config.option(pem("certificate", "TLS_CERTIFICATE")),
  tlsKey: Config.option(Config.map(pem("key", "TLS_KEY"), (text) => Redacted.make(text))),
  /** How to prove who we are, with name and password. Default: not at all. */
  saslMechanism: Config.option(Config.Literals(["plain", "scram-sha-256", "scram-sha-512"], "SASL_MECHANISM")),
  saslUsername: Config.option(Config.NonEmptyString("SASL_USERNAME")),
  saslPassword: Config.option(Config.Redacted("SASL_PASSWORD")),
  /** Longest wait for a connection. */
  connectTimeout: Config.Duration("CONNECT_TIMEOUT").pipe(Config.withDefault(Duration.seconds(3))),
  /** Longest wait for an answer before the connection counts as dead. Kafka's default is 30 s: too long to protect anything. */
  requestTimeout: Config.Duration("REQUEST_TIMEOUT").pipe(Config.withDefault(Duration.seconds(10))),
  /** Longest time a send is tried again before it fails; Kafka's default is 2 minutes. */
  deliveryTimeout: Config.Duration("DELIVERY_TIMEOUT").pipe(Config.withDefault(Duration.seconds(30)))
}).pipe(
  Config.nested("KAFKA"),
  Config.mapEffect((settings) => {
    const issue = contradictionOf(settings)
    return issue === undefined
      ? Effect.succeed(settings)
      : Effect.fail(new Config.ConfigError(new ConfigProvider.SourceError({ message: issue })))
  })
)

interface Security {
  readonly tls: boolean
  readonly tlsCertificateAuthority: Option.Option<string>
  readonly tlsCertificate: Option.Option<string>
  readonly tlsKey: Option.Option<Redacted.Redacted>
  readonly saslMechanism: Option.Option<string>
  readonly saslUsername: Option.Option<string>
  readonly saslPassword: Option.Option<Redacted.Redacted>
}

/** Settings of which one makes no sense without the other: what was meant to be secured must not go unsecured in silence. */
const contradictionOf = (settings: Security): string | undefined => {
  const { saslMechanism, saslPassword, saslUsername } = settings
  const named = [saslMechanism, saslUsername, saslPassword].filter((one) => one._tag === "Some").length
  if (named % 3 !== 0) return "KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD go together"
  if (Option.isSome(settings.tlsCertificate) !== Option.isSome(settings.tlsKey)) {
    return "KAFKA_TLS_CERTIFICATE and KAFKA_TLS_KEY go together"
  }
  const certificates = Option.isSome(settings.tlsCertificateAuthority) || Option.isSome(settings.tlsCertificate)
  return certificates && !settings.tls
    ? "KAFKA_TLS is not true, but certificates are set: nothing would be encrypted"
    : undefined
}

export type KafkaSettings = Config.Success<typeof KafkaConfig>
