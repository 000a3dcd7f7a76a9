import { runProgram } from "./runProgram.ts"

runProgram("foreground")
