import { executorWorld } from "./executorWorld.ts"
import { hardWorlds, pipelineWorld } from "./pipelineWorld.ts"
import { tradingWorld } from "./tradingWorld.ts"
import type { World } from "./World.ts"

/** Every simulated world, as `npm run simulate` knows them. */
export const worlds: ReadonlyArray<World> = [pipelineWorld, executorWorld, tradingWorld, ...hardWorlds]
