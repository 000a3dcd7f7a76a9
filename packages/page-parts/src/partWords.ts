/** Texts of the parts themselves: states, errors, confirmation, appearance. */
export const partWords = {
  "app.language": ["Language", "Idioma"],
  "app.english": ["English", "Inglês"],
  "app.portuguese": ["Portuguese (Brazil)", "Português (Brasil)"],
  "app.appearance": ["Appearance", "Aparência"],
  "app.light": ["Light", "Clara"],
  "app.dark": ["Dark", "Escura"],
  "app.auto": ["As the system", "Como no sistema"],
  "state.loading": ["Loading", "Carregando"],
  "state.empty": ["Nothing here", "Nada aqui"],
  "state.retry": ["Try again", "Tentar de novo"],
  "state.shownSoFar": ["{shown} shown, more follow", "{shown} exibidos, há mais"],
  "state.shown": ["{shown} of {total} shown", "{shown} de {total} exibidos"],
  "error.title": ["That did not work", "Isso não funcionou"],
  "error.signedOut": ["Your session has ended. Sign in again.", "Sua sessão terminou. Entre de novo."],
  "error.network": [
    "The server does not answer. Check that control-api runs and the connection is there.",
    "O servidor não responde. Verifique se o control-api está em execução e se há conexão."
  ],
  "error.crash": [
    "This page failed while it was drawn. Load it again; if it fails again, report what it says below.",
    "Esta página falhou ao ser desenhada. Recarregue; se falhar de novo, informe o texto abaixo."
  ],
  "error.forbidden": [
    "You may not do this. An administrator of the workspace can grant it.",
    "Você não tem permissão. Um administrador da área de trabalho pode concedê-la."
  ],
  "error.notFound": ["There is no such thing in this workspace.", "Isso não existe nesta área de trabalho."],
  "error.conflict": [
    "It was changed meanwhile, or is there already. Load again and look.",
    "Foi alterado nesse meio-tempo ou já existe. Recarregue e confira."
  ],
  "error.invalid": ["The server does not take this input.", "O servidor não aceita esses dados."],
  "error.tooMany": ["Too many attempts. Try again in {seconds} s.", "Tentativas demais. Tente de novo em {seconds} s."],
  "error.tooLarge": ["That is more than the server takes at once.", "É mais do que o servidor aceita de uma vez."],
  "error.unavailable": [
    "PostgreSQL or Kafka does not answer; nothing was changed. Try again.",
    "O PostgreSQL ou o Kafka não responde; nada foi alterado. Tente de novo."
  ],
  "error.failed": [
    "The server failed; its log has the cause under {id}.",
    "O servidor falhou; a causa está no registro dele sob {id}."
  ],
  "error.detail": ["What the server says", "O que o servidor diz"],
  "field.email": ["E-mail address", "E-mail"],
  "field.show": ["Show or hide the password", "Mostrar ou ocultar a senha"],
  "action.cancel": ["Cancel", "Cancelar"],
  "search.examined": [
    "{count} record looked at.|{count} records looked at.",
    "{count} registro examinado.|{count} registros examinados."
  ],
  "search.reached": ["Reached {when}.", "Chegou a {when}."],
  "search.stop": ["Stop", "Parar"],
  "search.more": ["Look further", "Procurar mais"],
  "action.copy": ["Copy", "Copiar"],
  "action.copied": ["Copied", "Copiado"],
  "action.reason": ["Why (for the audit log)", "Motivo (para o registro de auditoria)"],
  "action.close": ["Close", "Fechar"]
} as const
