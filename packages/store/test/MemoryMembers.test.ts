import { memberSuite } from "../../testkit/src/MemberSuite.ts"
import { layerMemoryMembers } from "../src/index.ts"

memberSuite("memory", layerMemoryMembers)
