import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { KafkaConfig, KafkaJsClient } from "@millrace/kafka"
import { cacheFolderOf, findJava, makeProcessGuard, probeKafka, StackConfig } from "@millrace/local"
import { ConfigProvider, Context, Effect, Layer } from "effect"
import { kafkaClassPath, newClusterId, nodeArguments, prepareNode } from "../../../packages/local/src/KafkaProcess.ts"
import { startServer } from "../../../packages/local/src/ServerProcess.ts"
import { serverEnvironment } from "../../../packages/local/src/StackSite.ts"
import { freePort } from "../Gate.ts"
import { type Authority, type Certificate, makeAuthority } from "./Certificates.ts"

/** Listeners of the broker that differ in what they ask for and what they show. */
export const listeners = ["SECURE", "MUTUAL", "EXPIRED", "OTHER", "PLAIN"] as const
export type Listener = (typeof listeners)[number]

export const userName = "millrace"
export const rightPassword = "right-s3cret-of-kafka"

/** kafkajs signs in again 10 s before the end. */
const sessionMs = 10_500

const loginModule = "org.apache.kafka.common.security"

const keyStoreOf = (name: string, folder: string): string => `listener.name.${name.toLowerCase()}.ssl.keystore.type=PEM
listener.name.${name.toLowerCase()}.ssl.keystore.location=${join(folder, `${name}.keystore.pem`)}`

const propertiesOf = (folder: string, ports: Readonly<Record<Listener | "CONTROLLER", number>>): string => {
  const all = listeners.map((name) => `${name}://127.0.0.1:${ports[name]}`).join(",")
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports.CONTROLLER}
controller.listener.names=CONTROLLER
listeners=${all},CONTROLLER://127.0.0.1:${ports.CONTROLLER}
advertised.listeners=${all}
listener.security.protocol.map=SECURE:SASL_SSL,MUTUAL:SSL,EXPIRED:SSL,OTHER:SSL,PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAIN
${["SECURE", "MUTUAL", "EXPIRED", "OTHER"].map((name) => keyStoreOf(name, folder)).join("\n")}
listener.name.mutual.ssl.client.auth=required
listener.name.mutual.ssl.truststore.type=PEM
listener.name.mutual.ssl.truststore.location=${join(folder, "ours.pem")}
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.secure.plain.sasl.jaas.config=${loginModule}.plain.PlainLoginModule required user_${userName}="${rightPassword}";
listener.name.secure.scram-sha-256.sasl.jaas.config=${loginModule}.scram.ScramLoginModule required;
listener.name.secure.scram-sha-512.sasl.jaas.config=${loginModule}.scram.ScramLoginModule required;
listener.name.secure.scram-sha-256.connections.max.reauth.ms=${sessionMs}
log.dirs=records
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.cleaner.backoff.ms=5000
`
}

/** A broker with secured listeners, and what its clients may know. */
export interface SecuredKafkaService {
  /** `127.0.0.1:port` of a listener. */
  readonly addressOf: (listener: Listener) => string
  /** Trusted by nobody but whom it is given to: it signed the broker's certificates. */
  readonly authority: Authority
  /** Another authority, which signed nothing here. */
  readonly stranger: Authority
  /** What the listener MUTUAL takes. */
  readonly client: Certificate
  /** How long a sign-in by SCRAM-SHA-256 lasts; without another one the broker then closes the connection. */
  readonly sessionMs: number
}

export class SecuredKafka extends Context.Service<SecuredKafka, SecuredKafkaService>()("it/SecuredKafka") {
  /** Kafka of the local stack's version with listeners of all kinds of security, in a folder of its own. */
  static readonly layer = Layer.effect(
    SecuredKafka,
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-secured-kafka-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      const authority = makeAuthority(folder, "ours")
      const stranger = makeAuthority(folder, "stranger")
      const here = ["DNS:localhost", "IP:127.0.0.1"]
      const shown: Readonly<Record<string, Certificate>> = {
        SECURE: authority.issue("broker", here),
        MUTUAL: authority.issue("mutual", here),
        EXPIRED: authority.issue("expired", here, -1),
        OTHER: authority.issue("other", ["DNS:kafka.elsewhere.example"])
      }
      for (const [name, { certificate, key }] of Object.entries(shown)) {
        writeFileSync(join(folder, `${name}.keystore.pem`), `${key}${certificate}`)
      }
      const names = [...listeners, "CONTROLLER"] as const
      const ports = Object.fromEntries(
        yield* Effect.forEach(names, (name) => Effect.map(freePort, (port) => [name, port]))
      )
      const java = yield* findJava()
      const classPath = yield* kafkaClassPath(cacheFolderOf(yield* StackConfig))
      const data = join(folder, "kafka")
      mkdirSync(data)
      yield* prepareNode(data, java, classPath, {
        properties: propertiesOf(folder, ports),
        clusterId: newClusterId(),
        formatArguments: ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
          "--add-scram",
          `${mechanism}=[name=${userName},password=${rightPassword}]`
        ])
      })
      const guard = yield* makeProcessGuard(folder)
      const addressOf = (listener: Listener) => `127.0.0.1:${ports[listener]}`
      yield* startServer(guard, {
        part: "kafka",
        title: "secured Kafka",
        address: addressOf("SECURE"),
        dataFolder: data,
        probe: probeKafka([addressOf("PLAIN")]),
        spec: {
          name: "secured-kafka",
          command: java.command,
          args: nodeArguments(["-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"], classPath),
          cwd: data,
          env: serverEnvironment(),
          logFile: join(folder, "kafka.log"),
          stopSignal: "SIGTERM",
          graceMs: 10_000,
          stopOrder: 1
        }
      })
      return { addressOf, authority, stranger, client: authority.issue("client", ["DNS:client"]), sessionMs }
    })
  )
}

/** Settings as a service has them in its environment. */
export const kafkaSettings = (environment: Readonly<Record<string, string>>) =>
  KafkaConfig.parse(ConfigProvider.fromEnv({ env: environment }))

/** The client as a service makes it of its environment. */
export const clientOf = (environment: Readonly<Record<string, string>>) =>
  KafkaJsClient.layer.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: environment }))))

/** The environment of a service that reaches the listener SECURE as it should. */
export const signedIn = (kafka: SecuredKafkaService, mechanism: string): Record<string, string> => ({
  KAFKA_BROKERS: kafka.addressOf("SECURE"),
  KAFKA_TLS: "true",
  KAFKA_TLS_CA: kafka.authority.certificate,
  KAFKA_SASL_MECHANISM: mechanism,
  KAFKA_SASL_USERNAME: userName,
  KAFKA_SASL_PASSWORD: rightPassword
})
