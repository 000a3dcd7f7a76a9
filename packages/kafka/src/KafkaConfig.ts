import { Config, Duration, Schema } from "effect"

/** How to reach Kafka. Names of the environment start with `KAFKA_`. */
export const KafkaConfig = Config.all({
  /** `host:port`, separated by commas; any of them leads to the others. */
  brokers: Config.Array(Schema.NonEmptyString, "BROKERS"),
  /** Encrypt connections. Default: no. */
  tls: Config.Boolean("TLS").pipe(Config.withDefault(false)),
  /** Certificates to trust, as PEM text. Default: those that Node trusts. */
  tlsCertificateAuthority: Config.option(Config.NonEmptyString("TLS_CA")),
  /** How to prove who we are. Default: not at all. */
  saslMechanism: Config.option(Config.Literals(["plain", "scram-sha-256", "scram-sha-512"], "SASL_MECHANISM")),
  saslUsername: Config.option(Config.NonEmptyString("SASL_USERNAME")),
  saslPassword: Config.option(Config.Redacted("SASL_PASSWORD")),
  /** Longest wait for a connection. */
  connectTimeout: Config.Duration("CONNECT_TIMEOUT").pipe(Config.withDefault(Duration.seconds(3))),
  /** Longest wait for an answer before the connection counts as dead. Kafka's default is 30 s: too long to protect anything. */
  requestTimeout: Config.Duration("REQUEST_TIMEOUT").pipe(Config.withDefault(Duration.seconds(10))),
  /** Longest time a send is tried again before it fails; Kafka's default is 2 minutes. */
  deliveryTimeout: Config.Duration("DELIVERY_TIMEOUT").pipe(Config.withDefault(Duration.seconds(30)))
}).pipe(Config.nested("KAFKA"))

export type KafkaSettings = Config.Success<typeof KafkaConfig>
