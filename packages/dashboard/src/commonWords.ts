/** Texts that several pages share: the frame, states, errors, units. */
export const commonWords = {
  "app.name": ["Millrace", "Millrace"],
  "app.skip": ["Skip to the content", "Ir para o conteúdo"],
  "app.menu": ["Menu", "Menu"],
  "app.navigation": ["Pages", "Páginas"],
  "app.workspace": ["Workspace", "Área de trabalho"],
  "app.language": ["Language", "Idioma"],
  "app.english": ["English", "Inglês"],
  "app.portuguese": ["Portuguese (Brazil)", "Português (Brasil)"],
  "app.appearance": ["Appearance", "Aparência"],
  "app.light": ["Light", "Clara"],
  "app.dark": ["Dark", "Escura"],
  "app.auto": ["As the system", "Como no sistema"],
  "app.signOut": ["Sign out", "Sair"],
  "app.account": ["Signed in as {name}", "Conectado como {name}"],
  "app.goTo": ["Go to a page", "Ir para uma página"],
  "app.goToHint": ["Type part of a page's name", "Digite parte do nome da página"],
  "app.live": ["Live", "Ao vivo"],
  "app.asking": ["Asking", "Consultando"],
  "app.liveHint": ["Figures arrive as they change.", "Os números chegam assim que mudam."],
  "app.askingHint": [
    "There is no live connection here (or another tab has it): the page asks every few seconds.",
    "Não há conexão ao vivo aqui (ou outra aba a tem): a página consulta a cada poucos segundos."
  ],
  "nav.overview": ["Overview", "Visão geral"],
  "app.apiDocs": ["API reference", "Referência da API"],
  "state.loading": ["Loading", "Carregando"],
  "state.empty": ["Nothing here", "Nada aqui"],
  "state.retry": ["Try again", "Tentar de novo"],
  "state.shown": ["{shown} of {total} shown", "{shown} de {total} exibidos"],
  "error.title": ["That did not work", "Isso não funcionou"],
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
  "action.cancel": ["Cancel", "Cancelar"],
  "action.close": ["Close", "Fechar"],
  "notFound.title": ["There is no such page", "Esta página não existe"],
  "notFound.text": ["Choose one in the menu.", "Escolha uma no menu."]
} as const
