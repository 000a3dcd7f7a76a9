import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { SchemaRegistry, TopicsFile } from "@millrace/contracts"
import { KafkaJsClient } from "@millrace/kafka"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { millrace } from "./millrace.ts"

const command = millrace({ kafka: KafkaJsClient.layer, registry: SchemaRegistry.layer, topics: TopicsFile.layer })

NodeRuntime.runMain(Command.run(command, { version: "0.1.0" }).pipe(Effect.provide(NodeServices.layer)))
