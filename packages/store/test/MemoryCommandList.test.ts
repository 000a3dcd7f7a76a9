import { layerMemoryCommandList } from "@millrace/store"
import { commandListSuite } from "../../testkit/src/CommandListSuite.ts"

commandListSuite("memory", layerMemoryCommandList)
