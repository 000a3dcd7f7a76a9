// Foreign boundary: node:crypto, whose random bytes must not come from a seed.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto"
import type { ErrorKind } from "@millrace/contracts"
import { Config, Context, Effect, Layer, Redacted, Schema } from "effect"

/** Something encrypted for one subject: data under its own key, that key under a master key. Safe to store. */
export interface Sealed {
  /** Which master key wraps the data key: the first 16 hex digits of the key's SHA-256. */
  readonly keyId: string
  readonly wrappedKey: string
  readonly sealed: string
}

/** A stored secret can't be read; the message says for whom and what to do. */
export class SecretUnreadable extends Schema.TaggedError<SecretUnreadable>()("SecretUnreadable", {
  subject: Schema.String,
  reason: Schema.Literals(["unknownKey", "tampered"]),
  storedKeyId: Schema.String,
  knownKeyIds: Schema.Array(Schema.String)
}) {
  readonly kind: ErrorKind = "system"
  override get message() {
    return this.reason === "unknownKey"
      ? `The secret of ${this.subject} was stored under master key ${this.storedKeyId}, but this process has ` +
          `${this.knownKeyIds.join(", ")}. Set MILLRACE_MASTER_KEY to the key it was stored under (or add that key to ` +
          `MILLRACE_MASTER_KEYS_FORMER), or store the secret again.`
      : `The secret of ${this.subject} does not match its seal under master key ${this.storedKeyId}: the row was ` +
          `changed or moved from another account. Store the secret again.`
  }
}

/** A master key is not 32 bytes of base64. */
export class MasterKeyInvalid extends Schema.TaggedError<MasterKeyInvalid>()("MasterKeyInvalid", {
  setting: Schema.String,
  bytes: Schema.Int
}) {
  readonly kind: ErrorKind = "system"
  override get message() {
    return `${this.setting} has ${this.bytes} bytes, expected 32 as base64. Make one with: openssl rand -base64 32`
  }
}

export const SecretsConfig = Config.all({
  /** Encrypts the data keys of all accounts: 32 bytes as base64. */
  current: Config.Redacted("MILLRACE_MASTER_KEY"),
  /** Former master keys, comma-separated, still able to read; new secrets use the current one. */
  former: Config.Redacted("MILLRACE_MASTER_KEYS_FORMER").pipe(Config.withDefault(Redacted.make("")))
})

/** Encrypts with AES-256-GCM, a random key per subject under a master key; the subject is part of the seal. */
export class Secrets extends Context.Service<
  Secrets,
  {
    /** Key id that new secrets are stored under. */
    readonly currentKeyId: string
    readonly seal: (subject: string, plain: Redacted.Redacted) => Sealed
    readonly open: (subject: string, sealed: Sealed) => Effect.Effect<Redacted.Redacted, SecretUnreadable>
    /** The same secret with its data key under the current master key, for rotation. */
    readonly rewrap: (subject: string, sealed: Sealed) => Effect.Effect<Sealed, SecretUnreadable>
  }
>()("@millrace/store/Secrets") {
  static readonly make = (current: Redacted.Redacted, former: ReadonlyArray<Redacted.Redacted> = []) =>
    Effect.gen(function* () {
      const [currentKeyId, currentKey] = yield* parseMasterKey("MILLRACE_MASTER_KEY", current)
      const keys = new Map([[currentKeyId, currentKey]])
      for (const text of former) {
        const [id, key] = yield* parseMasterKey("MILLRACE_MASTER_KEYS_FORMER", text)
        keys.set(id, key)
      }
      const dataKey = (subject: string, sealed: Sealed) => {
        const fail = (reason: "unknownKey" | "tampered") =>
          new SecretUnreadable({ subject, reason, storedKeyId: sealed.keyId, knownKeyIds: [...keys.keys()] })
        const master = keys.get(sealed.keyId)
        return master === undefined
          ? Effect.fail(fail("unknownKey"))
          : decrypt(master, `${subject}/key`, sealed.wrappedKey, () => fail("tampered"))
      }
      const wrap = (subject: string, key: Buffer) => encrypt(currentKey, `${subject}/key`, key)
      const seal = (subject: string, plain: Redacted.Redacted): Sealed => {
        const key = randomBytes(32)
        const sealed = encrypt(key, subject, Buffer.from(Redacted.value(plain), "utf8"))
        return { keyId: currentKeyId, wrappedKey: wrap(subject, key), sealed }
      }
      const open = Effect.fnUntraced(function* (subject: string, sealed: Sealed) {
        const key = yield* dataKey(subject, sealed)
        const knownKeyIds = [...keys.keys()]
        const plain = yield* decrypt(
          key,
          subject,
          sealed.sealed,
          () => new SecretUnreadable({ subject, reason: "tampered", storedKeyId: sealed.keyId, knownKeyIds })
        )
        return Redacted.make(plain.toString("utf8"))
      })
      const rewrap = Effect.fnUntraced(function* (subject: string, sealed: Sealed) {
        const key = yield* dataKey(subject, sealed)
        return { ...sealed, keyId: currentKeyId, wrappedKey: wrap(subject, key) }
      })
      return Secrets.of({ currentKeyId, seal, open, rewrap })
    })

  /** For programs that neither read nor store credentials, and so need no master key: to try it is a defect. */
  static readonly layerLocked = Layer.sync(Secrets, () => {
    const locked = new Error("a secret was asked for where no master key was read")
    return {
      currentKeyId: "none",
      seal: () => {
        throw locked
      },
      open: () => Effect.die(locked),
      rewrap: () => Effect.die(locked)
    }
  })

  static readonly layer = Layer.effect(
    Secrets,
    Effect.gen(function* () {
      const { current, former } = yield* SecretsConfig
      const texts = Redacted.value(former).split(",")
      return yield* Secrets.make(
        current,
        texts.filter((text) => text.trim() !== "").map((text) => Redacted.make(text.trim()))
      )
    })
  )
}

const parseMasterKey = Effect.fnUntraced(function* (setting: string, text: Redacted.Redacted) {
  const key = Buffer.from(Redacted.value(text), "base64")
  if (key.length !== 32) return yield* new MasterKeyInvalid({ setting, bytes: key.length })
  return [createHash("sha256").update(key).digest("hex").slice(0, 16), key] as const
})

/** `nonce.ciphertext.tag`, each base64. */
const encrypt = (key: Buffer, subject: string, plain: Buffer): string => {
  const nonce = randomBytes(12)
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(subject, "utf8"))
  const text = Buffer.concat([cipher.update(plain), cipher.final()])
  return [nonce, text, cipher.getAuthTag()].map((part) => part.toString("base64")).join(".")
}

const decrypt = <E>(key: Buffer, subject: string, sealed: string, onFailure: () => E): Effect.Effect<Buffer, E> =>
  Effect.try({
    try: () => {
      const [nonce, text, tag] = sealed.split(".").map((part) => Buffer.from(part, "base64"))
      const decipher = createDecipheriv("aes-256-gcm", key, nonce ?? Buffer.alloc(0), { authTagLength: 16 })
      decipher.setAAD(Buffer.from(subject, "utf8")).setAuthTag(tag ?? Buffer.alloc(0))
      return Buffer.concat([decipher.update(text ?? Buffer.alloc(0)), decipher.final()])
    },
    catch: onFailure
  })
