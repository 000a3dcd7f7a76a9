import { assert, describe, it } from "@effect/vitest"
import { fillPhrase, languageOf, partWords } from "../src/words.ts"

const shown = partWords["state.shown"]

describe("a phrase", () => {
  it("has its places filled, figures as the language writes them", () => {
    assert.strictEqual(fillPhrase("en", shown, { shown: 50, total: 12_345 }), "50 of 12,345 shown")
    assert.strictEqual(fillPhrase("pt-BR", shown, { shown: 50, total: 12_345 }), "50 de 12.345 exibidos")
  })

  it("keeps a place that nothing was given for", () => {
    assert.match(fillPhrase("en", shown), /\{shown\}/u)
  })
})

describe("the language", () => {
  it("is the browser's first one that the page has, else English", () => {
    assert.strictEqual(languageOf(["de-DE", "pt-PT", "en"]), "pt-BR")
    assert.strictEqual(languageOf(["en-GB", "pt-BR"]), "en")
    assert.strictEqual(languageOf(["de"]), "en")
    assert.strictEqual(languageOf([]), "en")
  })
})
