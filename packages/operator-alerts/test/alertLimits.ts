import { createHmac, timingSafeEqual } from "node:crypto"

/** What Slack, Discord and Standard Webhooks document as the limits of a message; each returns the first fault. */

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {})
const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])
const isText = (value: unknown, most: number, least = 1): value is string =>
  typeof value === "string" && value.length >= least && value.length <= most
const unknownKeys = (value: Fields, known: ReadonlyArray<string>): ReadonlyArray<string> =>
  Object.keys(value).filter((key) => !known.includes(key))
const first = (faults: ReadonlyArray<readonly [boolean, string]>): string | undefined =>
  faults.find(([isWrong]) => isWrong)?.[1]

/** `&`, `<` and `>` are marks in Slack's text. */
const isEscaped = (text: unknown): boolean => typeof text === "string" && !/[<>]|&(?!amp;|lt;|gt;)/u.test(text)

/** @see https://docs.slack.dev/reference/block-kit/blocks */
export const slackFault = (body: unknown): string | undefined => {
  const message = fieldsOf(body)
  const blocks = listOf(message.blocks).map(fieldsOf)
  return (
    first([
      [unknownKeys(message, ["text", "blocks", "unfurl_links"]).length > 0, "unknown fields"],
      [!isText(message.text, 40_000), "no_text"],
      [!isEscaped(message.text), "text is not escaped"],
      [blocks.length > 50, "too many blocks"]
    ]) ?? blocks.map(slackBlockFault).find((fault) => fault !== undefined)
  )
}

const slackBlockFault = (block: Fields): string | undefined => {
  const text = fieldsOf(block.text)
  switch (block.type) {
    case "header":
      return first([
        [text.type !== "plain_text", "a header is plain text"],
        [!isText(text.text, 150), "a header has 1 to 150 characters"]
      ])
    case "section":
      return first([
        [text.type !== "mrkdwn" && text.type !== "plain_text", "a section's text has a type"],
        [!isText(text.text, 3_000), "a section has 1 to 3,000 characters"],
        [text.type === "mrkdwn" && !isEscaped(text.text), "a section is not escaped"]
      ])
    case "context": {
      const elements = listOf(block.elements).map(fieldsOf)
      return first([
        [elements.length < 1 || elements.length > 10, "a context has 1 to 10 elements"],
        [elements.some((one) => !isText(one.text, 3_000) || !isEscaped(one.text)), "an element of a context is wrong"]
      ])
    }
    default:
      return `unknown block ${String(block.type)}`
  }
}

/** @see https://docs.discord.com/developers/resources/message#embed-object-embed-limits */
export const discordFault = (body: unknown, url: URL): string | undefined => {
  const message = fieldsOf(body)
  const embeds = listOf(message.embeds).map(fieldsOf)
  const sizes = embeds.flatMap((embed) => [
    embed.title,
    embed.description,
    fieldsOf(embed.footer).text,
    fieldsOf(embed.author).name,
    ...listOf(embed.fields).flatMap((field) => [fieldsOf(field).name, fieldsOf(field).value])
  ])
  const total = sizes.reduce<number>((sum, text) => sum + (typeof text === "string" ? text.length : 0), 0)
  return (
    first([
      [url.searchParams.get("wait") !== "true", "without wait nobody hears whether it arrived"],
      [
        unknownKeys(message, ["content", "embeds", "allowed_mentions", "username", "avatar_url"]).length > 0,
        "unknown fields"
      ],
      [!isText(message.content, 2_000, 0), "content has at most 2,000 characters"],
      [message.content === "" && embeds.length === 0, "Cannot send an empty message"],
      [JSON.stringify(message.allowed_mentions) !== '{"parse":[]}', "mentions are not switched off"],
      [embeds.length > 10 || total > 6_000, "embeds have at most 6,000 characters together"]
    ]) ?? embeds.map(embedFault).find((fault) => fault !== undefined)
  )
}

const embedFault = (embed: Fields): string | undefined => {
  const fields = listOf(embed.fields).map(fieldsOf)
  return first([
    [!isText(embed.title, 256), "a title has 1 to 256 characters"],
    [embed.description !== undefined && !isText(embed.description, 4_096), "a description has 1 to 4,096 characters"],
    [
      fields.length > 25 || fields.some(({ name, value }) => !isText(name, 256) || !isText(value, 1_024)),
      "a field is wrong"
    ],
    [!isText(fieldsOf(embed.footer).text, 2_048), "a footer has 1 to 2,048 characters"],
    [!(Number.isInteger(embed.color) && Number(embed.color) >= 0 && Number(embed.color) <= 0xffffff), "no colour"],
    [Number.isNaN(Date.parse(String(embed.timestamp))), "no timestamp"]
  ])
}

/** @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export const webhookFault = (
  secret: string,
  headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>,
  text: string,
  nowMs: number
): string | undefined => {
  const id = String(headers["webhook-id"] ?? "")
  const timestamp = String(headers["webhook-timestamp"] ?? "")
  const signatures = String(headers["webhook-signature"] ?? "").split(" ")
  const key = Buffer.from(secret.replace(/^whsec_/u, ""), "base64")
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.${text}`).digest()
  const isSigned = signatures.some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/u, ""), "base64")
    return signature.startsWith("v1,") && given.length === expected.length && timingSafeEqual(given, expected)
  })
  const event = fieldsOf(JSON.parse(text))
  return first([
    [!/^[\w-]{1,100}$/u.test(id), "no webhook-id"],
    [!/^\d+$/u.test(timestamp) || Math.abs(nowMs / 1000 - Number(timestamp)) > 300, "webhook-timestamp is too far off"],
    [!isSigned, "the signature is wrong"],
    [Buffer.byteLength(text) > 20_000, "more than 20 kB"],
    [!/^[a-z]+(\.[a-z_]+)+$/u.test(String(event.type)), "no type"],
    [Number.isNaN(Date.parse(String(event.timestamp))), "no timestamp"],
    [typeof event.data !== "object" || event.data === null, "no data"]
  ])
}
