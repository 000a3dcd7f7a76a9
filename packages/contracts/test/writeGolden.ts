// Foreign boundary: a script. `node packages/contracts/test/writeGolden.ts [--replace]` after a change of a schema.
import { Console, Effect } from "effect"
import { topicContracts } from "../src/index.ts"
import { writeGolden } from "./goldenRecords.ts"

const replace = process.argv.includes("--replace")
await Effect.runPromise(
  Effect.forEach(topicContracts, (contract) =>
    Effect.flatMap(writeGolden(contract, replace), (file) => (file === undefined ? Effect.void : Console.log(file)))
  )
)
