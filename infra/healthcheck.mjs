// Asks this container's service whether it is ready: exit code 0 when it is, 1 with one line when not.
const port = process.env.HEALTH_PORT
const url = `http://127.0.0.1:${port}/ready`
try {
  if (!/^\d+$/u.test(port ?? "")) throw new Error("HEALTH_PORT is not set to a port")
  const answer = await fetch(url, { signal: AbortSignal.timeout(3000) })
  if (!answer.ok) throw new Error(`status ${answer.status}: ${(await answer.text()).slice(0, 300)}`)
} catch (error) {
  console.error(`${url}: ${error.cause?.message ?? error.message}`)
  process.exitCode = 1
}
