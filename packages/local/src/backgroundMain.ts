import { runProgram } from "./runProgram.ts"

runProgram("background")
