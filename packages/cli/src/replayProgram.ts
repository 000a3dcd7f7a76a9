import "effect/schema/SchemaJITCompiler/enable"

export * from "@millrace/replay"
