import { Leases } from "@millrace/store"
import { leaseSuite } from "../../testkit/src/LeaseSuite.ts"

leaseSuite("memory", Leases.layerMemory)
