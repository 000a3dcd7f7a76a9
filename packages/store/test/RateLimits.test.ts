import { RateLimits } from "@millrace/store"
import { rateLimitSuite } from "../../testkit/src/RateLimitSuite.ts"

rateLimitSuite("memory", RateLimits.layerMemory)
