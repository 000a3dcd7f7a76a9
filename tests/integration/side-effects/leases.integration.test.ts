/**
 * Market data of a market, and of an account, has one leader. Instances race for the lease, restart, and stall: at most
 * one holds it, and every take-over is seen by its epoch.
 */
import { Leases } from "@millrace/store"
import { Layer } from "effect"
import { leaseSuite } from "../../../packages/testkit/src/LeaseSuite.ts"
import { layerOwnSchema } from "./database.ts"

leaseSuite("PostgreSQL", Layer.provide(Leases.layerPg, layerOwnSchema))
