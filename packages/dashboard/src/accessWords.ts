/** Texts of sign-in, one-time links and passwords. */
export const accessWords = {
  "signIn.title": ["Sign in", "Entrar"],
  "signIn.password": ["Password", "Senha"],
  "signIn.submit": ["Sign in", "Entrar"],
  "signIn.wrong": [
    "E-mail address or password is wrong, or the account has no password yet.",
    "E-mail ou senha incorretos, ou a conta ainda não tem senha."
  ],
  "signIn.first": [
    "First start? Follow the one-time link that control-api printed.",
    "Primeira vez? Siga o link de uso único que o control-api exibiu."
  ],
  "link.title": ["Choose a password", "Escolha uma senha"],
  "link.text": [
    "This link works once. For the first administrator, also give an e-mail address and a name.",
    "Este link funciona uma vez. Para o primeiro administrador, informe também e-mail e nome."
  ],
  "link.first": ["I am the first administrator", "Sou o primeiro administrador"],
  "link.name": ["Name", "Nome"],
  "link.password": ["New password", "Nova senha"],
  "link.repeat": ["Repeat the password", "Repita a senha"],
  "link.rule": ["12 characters or more", "12 caracteres ou mais"],
  "link.short": ["It needs 12 characters or more.", "São necessários 12 caracteres ou mais."],
  "link.different": ["The two are not the same.", "As duas não são iguais."],
  "link.submit": ["Set the password", "Definir a senha"],
  "link.used": [
    "This link was used or has ended. Ask for a new one.",
    "Este link já foi usado ou expirou. Peça um novo."
  ]
} as const
