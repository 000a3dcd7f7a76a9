/** Texts that several pages share: the frame. */
export const commonWords = {
  "app.name": ["Millrace", "Millrace"],
  "app.skip": ["Skip to the content", "Ir para o conteúdo"],
  "app.menu": ["Menu", "Menu"],
  "app.navigation": ["Pages", "Páginas"],
  "app.workspace": ["Workspace", "Área de trabalho"],
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
  "notFound.title": ["There is no such page", "Esta página não existe"],
  "notFound.text": ["Choose one in the menu.", "Escolha uma no menu."]
} as const
