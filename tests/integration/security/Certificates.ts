// Foreign boundary: openssl as a process, which makes certificates that Node can't.
import { execFileSync, spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** Where there is no openssl, secured servers can't be set up and these scenarios have no subject. */
export const opensslInstalled: boolean = spawnSync("openssl", ["version"]).status === 0

/** A certificate with its private key, as files and as PEM text. */
export interface Certificate {
  readonly certificateFile: string
  readonly keyFile: string
  readonly certificate: string
  readonly key: string
}

/** An authority of a test's own: nobody trusts it who was not told of it. */
export interface Authority extends Certificate {
  /** `names` as openssl writes them: `DNS:localhost`, `IP:127.0.0.1`. `days` may be negative: then it has expired. */
  readonly issue: (name: string, names: ReadonlyArray<string>, days?: number) => Certificate
}

const openssl = (...args: ReadonlyArray<string>): void => {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] })
}

const read = (certificateFile: string, keyFile: string): Certificate => ({
  certificateFile,
  keyFile,
  certificate: readFileSync(certificateFile, "utf8"),
  key: readFileSync(keyFile, "utf8")
})

/** Makes an authority in a folder; its files go with the folder. */
export const makeAuthority = (folder: string, name: string): Authority => {
  const file = (ending: string) => join(folder, `${name}${ending}`)
  const [keyFile, certificateFile] = [file(".key"), file(".pem")]
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", keyFile, "-out", certificateFile]
  openssl(...request, "-days", "2", "-subj", `/CN=${name}`)
  return {
    ...read(certificateFile, keyFile),
    issue: (subject, names, days = 2) => {
      const part = (ending: string) => file(`-${subject}${ending}`)
      openssl(
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        part(".key"),
        "-out",
        part(".csr"),
        "-subj",
        `/CN=${subject}`
      )
      writeFileSync(part(".ext"), `subjectAltName=${names.join(",")}\n`)
      const signed = ["-CA", certificateFile, "-CAkey", keyFile, "-CAcreateserial", "-extfile", part(".ext")]
      openssl("x509", "-req", "-in", part(".csr"), ...signed, "-days", String(days), "-out", part(".pem"))
      return read(part(".pem"), part(".key"))
    }
  }
}
