/**
 * The first day of an installation, on real servers and the whole pipeline: nobody can sign in; somebody follows the first
 * administrator's link and signs in with the password; on the command line he invites a trader, who follows his link, and makes a
 * token for him; by the API the token switches a rule's dry run; the published rule follows; the audit log tells
 * each step with who did it, and no secret of any of them.
 */
import { assert, it } from "@effect/vitest"
import { layerDatabaseConfig } from "@millrace/store"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { inject } from "vitest"
import { type CommandEnd, startMillrace } from "../dead-letters/millraceCommand.ts"
import { candlesOf, eventually, oneGuardedPosition, startPipeline } from "../pipelineRun.ts"

const password = "correct horse battery"

/** As before the first day: the stack is kept from run to run, and a user of an earlier run would have taken the link. */
const nobodyYet = SqlClient.use((sql) => sql`delete from users`).pipe(
  Effect.provide(layerDatabaseConfig({ applicationName: "it-first-day" }))
)

/** Runs `millrace … --json` on the servers of the environment. */
const millrace = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { end } = yield* startMillrace(undefined, [...args, "--json"])
    const { error, exitCode, out }: CommandEnd = yield* end
    assert.strictEqual(exitCode, 0, `${args.join(" ")}: ${error}`)
    return JSON.parse(out)
  })

/** What the test looks at in an entry of the audit log. */
interface Told {
  readonly action: string
  readonly actor: string
  readonly automationId?: string
  readonly before?: { readonly dryRun?: boolean }
  readonly after?: { readonly dryRun?: boolean }
}

interface Asked {
  readonly method?: string
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

const ask = (url: string, { headers, json, method }: Asked = {}) =>
  Effect.promise(async () => {
    const body = json === undefined ? {} : { body: JSON.stringify(json) }
    const answer = await fetch(url, {
      method: method ?? (json === undefined ? "GET" : "POST"),
      headers: { "content-type": "application/json", ...headers },
      ...body
    })
    // biome-ignore lint/suspicious/noExplicitAny: the test looks at what was really answered
    const given = (await answer.json()) as any
    return { status: answer.status, cookie: answer.headers.getSetCookie()[0]?.split(";")[0], json: given }
  })

const secretIn = (link: string): string => link.split("#")[1] ?? ""

/**
 * @guarantee operation: From the first administrator's link to a rule changed by a token, each step of the first day is in the audit log with who did it
 * @how the whole pipeline on real servers, the command line as processes, the API over HTTP
 */
it.live(
  "leads from the first link to a rule that a token changed, all of it audited",
  () =>
    Effect.gen(function* () {
      yield* nobodyYet
      const run = yield* startPipeline({
        stack: inject("stack"),
        scenario: oneGuardedPosition,
        candles: candlesOf([60_000, 60_000]),
        speed: 60
      })
      const { apiUrl } = run
      const workspaceId = run.plan.runId
      assert.isDefined(run.firstAdmin, "nobody could sign in")

      const root = { email: "root@example.org", name: "Root" }
      const link = { secret: secretIn(run.firstAdmin), password, ...root }
      const first = yield* ask(`${apiUrl}/api/session/link`, { json: link })
      assert.strictEqual(first.status, 200, JSON.stringify(first.json))
      const again = yield* ask(`${apiUrl}/api/session/link`, { json: link })
      assert.strictEqual(again.status, 401, "a link works once")
      const signedIn = yield* ask(`${apiUrl}/api/session`, { json: { email: root.email, password } })
      assert.isTrue(signedIn.json.wholeInstallation)
      const asRoot = {
        cookie: signedIn.cookie ?? "",
        "x-csrf-token": signedIn.json.csrfToken,
        "x-workspace": workspaceId
      }

      const workspaces = yield* millrace("workspaces", "list")
      assert.include(
        workspaces.map((one: { workspaceId: string }) => one.workspaceId),
        workspaceId
      )
      const rights = ["--workspace", workspaceId, "--role", "operator", "--grant", "trading"]
      const invited = yield* millrace("users", "invite", "ann@example.org", ...rights, "--url", apiUrl)
      const chosen = { secret: secretIn(invited.link.url), password }
      assert.strictEqual((yield* ask(`${apiUrl}/api/session/link`, { json: chosen })).status, 200)
      const { secret, token } = yield* millrace("tokens", "create", "ci", "--user", "ann@example.org", ...rights)

      const asAnn = { authorization: `Bearer ${secret}` }
      const rules = (yield* ask(`${apiUrl}/api/trading/rules`, { headers: asAnn })).json.items
      const { dryRun, ruleId } = rules[0]
      const rule = `${apiUrl}/api/trading/rules/${ruleId}`
      const changed = yield* ask(rule, { method: "PATCH", headers: asAnn, json: { dryRun: !dryRun } })
      assert.deepStrictEqual([changed.status, changed.json.dryRun], [200, !dryRun], JSON.stringify(changed.json))
      yield* eventually(
        "the published rule follows",
        Effect.map(ask(`${apiUrl}/api/trading/accounts/${rules[0].accountId}`, { headers: asAnn }), ({ json }) =>
          json.ruleList[0].rule.dryRun === !dryRun ? true : undefined
        )
      )

      const ann: string = token.userId
      const audit = yield* eventually(
        "the audit log tells of it",
        Effect.map(ask(`${apiUrl}/api/audit?limit=200`, { headers: asRoot }), ({ json }) => {
          const items: ReadonlyArray<Told> = json.items
          return items.some(({ actor, automationId }) => automationId === ruleId && actor === ann) ? items : undefined
        })
      )
      const told = audit.map(({ action, actor }) => [action, actor.startsWith("cli:") ? "cli" : actor])
      for (const step of [
        ["member_added", "cli"],
        ["link_issued", "cli"],
        ["token_created", "cli"],
        ["rule_stored", ann]
      ])
        assert.deepInclude(told, step, JSON.stringify(told))
      const change = audit.find(({ actor, automationId }) => automationId === ruleId && actor === ann)
      assert.deepStrictEqual([change?.before?.dryRun, change?.after?.dryRun], [dryRun, !dryRun])
      const text = JSON.stringify(audit)
      for (const one of [secret, chosen.secret, link.secret, password]) assert.notInclude(text, one)

      // The environment has no master key: only what reads or stores credentials asks for it.
      const accounts = yield* millrace("accounts", "list", "--workspace", workspaceId)
      assert.strictEqual(accounts[0].account.accountId, rules[0].accountId)
      assert.isAbove((yield* millrace("rules", "list")).length, 0)
      const { end } = yield* startMillrace(undefined, ["accounts", "check", rules[0].accountId])
      const { error, exitCode } = yield* end
      assert.deepStrictEqual([exitCode, error.includes("MILLRACE_MASTER_KEY")], [2, true], error)

      yield* millrace("tokens", "revoke", token.tokenId)
      assert.strictEqual((yield* ask(rule, { headers: asAnn })).status, 401)
      yield* nobodyYet
    }).pipe(Effect.scoped),
  // A dozen processes start one after the other; on a machine with much else to do that takes minutes.
  { timeout: 420_000 }
)
