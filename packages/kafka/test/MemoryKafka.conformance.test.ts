import { MemoryKafka } from "@millrace/kafka"
import { kafkaSuite } from "@millrace/testkit"

kafkaSuite("in memory", MemoryKafka.layer)
