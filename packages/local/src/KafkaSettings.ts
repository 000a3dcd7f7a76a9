import type { StackPorts } from "./Ports.ts"

/**
 * Returns the settings of a single node that is broker and controller.
 *
 * Paths are relative to the node's working folder, so that folder names with spaces, commas or backslashes do no harm.
 */
export const kafkaProperties = (
  ports: Pick<StackPorts, "kafka" | "controller">
): string => `process.roles=broker,controller
node.id=1
# A fixed voter, not one kept in the storage: the port may change between runs.
controller.quorum.voters=1@127.0.0.1:${ports.controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${ports.kafka},CONTROLLER://127.0.0.1:${ports.controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${ports.kafka}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=records
# The controller holds a former broker's session this long before it lets a restarted node in (default 9000).
broker.session.timeout.ms=2500
broker.heartbeat.interval.ms=500
# A lone developer's group has nobody to wait for (default 3000).
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
default.replication.factor=1
min.insync.replicas=1
# Compacted topics become small soon enough to be read quickly at a start (default 15000).
log.cleaner.backoff.ms=5000
controlled.shutdown.enable=true
`

/** One node of a cluster; every node is broker and controller. Ports are on 127.0.0.1. */
export interface ClusterNodePlan {
  readonly nodeId: number
  /** Where clients are served, and the port that clients are told: another one where a proxy stands in front. */
  readonly clientPort: number
  readonly advertisedPort: number
  /** Where the other brokers fetch from. */
  readonly replicationPort: number
  readonly controllerPort: number
}

/**
 * Returns the settings of a node of a cluster: with three nodes, records are on all three, and a write needs two.
 *
 * A broker that is killed is noticed after 3 s, a third of Kafka's default.
 */
export const clusterProperties = (node: ClusterNodePlan, nodes: ReadonlyArray<ClusterNodePlan>): string => {
  const voters = nodes.map(({ controllerPort, nodeId }) => `${nodeId}@127.0.0.1:${controllerPort}`).join(",")
  const copies = Math.min(3, nodes.length)
  const mustHave = Math.max(1, copies - 1)
  return `process.roles=broker,controller
node.id=${node.nodeId}
controller.quorum.voters=${voters}
controller.listener.names=CONTROLLER
listeners=CLIENT://127.0.0.1:${node.clientPort},REPLICATION://127.0.0.1:${node.replicationPort},CONTROLLER://127.0.0.1:${node.controllerPort}
advertised.listeners=CLIENT://127.0.0.1:${node.advertisedPort},REPLICATION://127.0.0.1:${node.replicationPort}
listener.security.protocol.map=CLIENT:PLAINTEXT,REPLICATION:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=REPLICATION
log.dirs=records
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
num.network.threads=2
num.io.threads=4
num.partitions=6
log.segment.bytes=16777216
log.cleaner.dedupe.buffer.size=16777216
offsets.topic.num.partitions=6
offsets.topic.replication.factor=${copies}
transaction.state.log.num.partitions=6
transaction.state.log.replication.factor=${copies}
transaction.state.log.min.isr=${mustHave}
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=${copies}
share.coordinator.state.topic.min.isr=${mustHave}
default.replication.factor=${copies}
min.insync.replicas=${mustHave}
controlled.shutdown.enable=true
`
}

/** Quiet: three or four lines a start. */
export const kafkaLogging = `Configuration:
  Appenders:
    Console:
      name: out
      target: SYSTEM_OUT
      PatternLayout:
        pattern: "%d{ISO8601} %p %c{1} %m%n"
  Loggers:
    Root:
      level: WARN
      AppenderRef:
        ref: out
`

/** Returns the variables that give the image `apache/kafka` the settings of a single node, reached at `broker`. */
export const kafkaEnvironment = (broker: string): Record<string, string> => ({
  KAFKA_NODE_ID: "1",
  KAFKA_PROCESS_ROLES: "broker,controller",
  KAFKA_CONTROLLER_QUORUM_VOTERS: "1@localhost:9093",
  KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
  KAFKA_LISTENERS: "PLAINTEXT://:9092,CONTROLLER://:9093",
  KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${broker}`,
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
  KAFKA_LOG_DIRS: "/var/lib/kafka/data",
  CLUSTER_ID: "TWlsbHJhY2VMb2NhbFN0YQ",
  KAFKA_BROKER_SESSION_TIMEOUT_MS: "2500",
  KAFKA_BROKER_HEARTBEAT_INTERVAL_MS: "500",
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: "0",
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: "false",
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "1",
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: "1",
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: "1",
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: "1",
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: "1"
})
