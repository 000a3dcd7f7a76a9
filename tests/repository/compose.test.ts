import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { checkoutFolder } from "../../packages/local/src/index.ts"
import { composeServices, ourServices } from "../integration/local-stack/ComposeFile.ts"

const services = composeServices()
const named = (name: string) => {
  const service = services[name]
  assert.isDefined(service, name)
  return service!
}

it("names every part of the stack and every service", () => {
  for (const name of ["kafka", "registry", "postgres", "redis", "kafka-ui", "topics", "schemas", ...ourServices])
    named(name)
})

/** @guarantee operation: Every service of docker-compose.yml comes up healthy from its own command */
it("starts each of our services with a command that exists in the checkout", () => {
  for (const name of [...ourServices, "topics", "schemas"]) {
    const [program, script] = named(name).command ?? []
    assert.strictEqual(program, "node", name)
    assert.isTrue(existsSync(join(checkoutFolder, script ?? "")), `${name}: ${script}`)
  }
})

it("checks the health of everything that stays up, ours with the same script that the image has", () => {
  const dockerfile = readFileSync(join(checkoutFolder, "infra", "Dockerfile"), "utf8")
  for (const [name, { healthcheck }] of Object.entries(services)) {
    if (name === "topics" || name === "schemas") continue
    assert.isAbove(healthcheck?.test?.length ?? 0, 1, name)
  }
  for (const name of ourServices) {
    assert.deepStrictEqual(named(name).healthcheck?.test, ["CMD", "node", "infra/healthcheck.mjs"])
    assert.match(String(named(name).environment?.HEALTH_PORT), /^\d+$/u, name)
  }
  assert.isTrue(existsSync(join(checkoutFolder, "infra", "healthcheck.mjs")))
  assert.include(dockerfile, "infra/healthcheck.mjs")
})

it("has no password or key of its own: each must be given", () => {
  for (const [name, { environment }] of Object.entries(services)) {
    for (const [variable, value] of Object.entries(environment ?? {})) {
      if (!/PASSWORD|SECRET|MASTER_KEY|TOKEN/u.test(variable)) continue
      assert.match(value, /^\$\{[A-Z_]+:\?/u, `${name}: ${variable}`)
    }
    const url = environment?.DATABASE_URL
    if (url !== undefined) assert.include(url, "${POSTGRES_PASSWORD:?", name)
  }
})

it("opens ports on 127.0.0.1 only, and pins every image", () => {
  for (const [name, { ports, image }] of Object.entries(services)) {
    for (const port of ports ?? []) assert.match(port, /^127\.0\.0\.1:/u, name)
    if (image !== "millrace") assert.match(image ?? "", /:v?\d/u, name)
  }
})

it("runs services as an unprivileged user", () => {
  const dockerfile = readFileSync(join(checkoutFolder, "infra", "Dockerfile"), "utf8")
  assert.match(dockerfile, /^USER node$/mu)
  assert.match(dockerfile, /npm ci --omit=dev/u)
})
