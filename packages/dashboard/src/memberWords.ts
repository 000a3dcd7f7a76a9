/** Texts of members, their rights, tokens and workspaces. */
export const memberWords = {
  "nav.members": ["Members", "Membros"],
  "member.hint": ["Who may do what in {workspace}.", "Quem pode fazer o quê em {workspace}."],
  "member.search": ["Name or e-mail address", "Nome ou e-mail"],
  "member.none": ["No member matches.", "Nenhum membro encontrado."],
  "member.name": ["Member", "Membro"],
  "member.you": ["{name} (you)", "{name} (você)"],
  "member.state": ["Sign-in", "Acesso"],
  "member.canSignIn": ["has a password", "tem senha"],
  "member.waitsForLink": ["has not followed the link yet", "ainda não usou o link"],
  "member.actions": ["Actions", "Ações"],
  "member.add": ["Add a member", "Adicionar membro"],
  "member.addTitle": ["Who is to come in?", "Quem deve entrar?"],
  "member.added": [
    "{email} is a member now and signs in with the password they have.",
    "{email} agora é membro e entra com a senha que já tem."
  ],
  "member.change": ["Rights", "Permissões"],
  "member.changeTitle": ["Rights of {email}", "Permissões de {email}"],
  "member.save": ["Save", "Salvar"],
  "member.link": ["New link", "Novo link"],
  "member.linkTitle": ["A new password for {email}?", "Uma nova senha para {email}?"],
  "member.linkAsk": [
    "You get a link that works once. Whoever follows it chooses the password; the old one works until then.",
    "Você recebe um link que funciona uma vez. Quem o seguir escolhe a senha; a antiga vale até lá."
  ],
  "member.makeLink": ["Make the link", "Criar o link"],
  "member.linkText": [
    "Give this link to them by a safe way. It works once and is not shown again.",
    "Entregue este link por um meio seguro. Ele funciona uma vez e não será exibido de novo."
  ],
  "member.linkEnds": ["Ends {when}", "Expira em {when}"],
  "member.remove": ["Remove", "Remover"],
  "member.removeTitle": ["Remove {email}?", "Remover {email}?"],
  "member.removeText": [
    "Sessions and tokens in this workspace end at once. What they did stays in the audit log.",
    "Sessões e tokens nesta área de trabalho terminam imediatamente. O que fizeram permanece no registro de auditoria."
  ],
  "rights.title": ["Rights", "Permissões"],
  "rights.role": ["Role", "Papel"],
  "rights.granted": ["Granted besides", "Concedido além disso"],
  "role.viewer": ["Viewer", "Observador"],
  "roleMay.viewer": ["Sees everything of the workspace.", "Vê tudo da área de trabalho."],
  "role.operator": ["Operator", "Operador"],
  "roleMay.operator": ["Also pauses, resumes and silences.", "Também pausa, retoma e silencia."],
  "role.admin": ["Administrator", "Administrador"],
  "roleMay.admin": ["Also members, tokens and the workspace.", "Também membros, tokens e a área de trabalho."],
  "grant.trading": ["trading", "operações"],
  "grantMay.trading": ["Accounts, rules, kill switches, commands.", "Contas, regras, chaves de parada, comandos."],
  "grant.replay": ["replay", "reenvio"],
  "grantMay.replay": ["Sends dead letters back, edits and purges them.", "Reenvia, edita e descarta mensagens mortas."],
  "nav.tokens": ["API tokens", "Tokens da API"],
  "token.hint": [
    "For programs and the command line. A token acts for its owner in this workspace, never with more rights than they have.",
    "Para programas e a linha de comando. Um token age por seu dono nesta área de trabalho, nunca com mais permissões que ele."
  ],
  "token.none": ["There is no token.", "Não há tokens."],
  "token.name": ["Token", "Token"],
  "token.nameHint": ["What it is for, so that you know it later", "Para que serve, para reconhecê-lo depois"],
  "token.yours": ["yours", "seu"],
  "token.used": ["Last used", "Último uso"],
  "token.neverUsed": ["never", "nunca"],
  "token.created": ["Created", "Criado"],
  "token.ends": ["Ends", "Expira"],
  "token.never": ["never", "nunca"],
  "token.ended": ["has ended", "expirado"],
  "token.actions": ["Actions", "Ações"],
  "token.create": ["Create a token", "Criar token"],
  "token.createTitle": ["New token", "Novo token"],
  "token.lifetime": ["Works for", "Válido por"],
  "token.days": ["{count} day|{count} days", "{count} dia|{count} dias"],
  "token.endless": ["without an end", "sem prazo"],
  "token.secretText": [
    "Copy the secret of {name} now. It is not stored and can't be shown again.",
    "Copie o segredo de {name} agora. Ele não é armazenado e não pode ser exibido de novo."
  ],
  "token.secretUse": ["Sent as: Authorization: Bearer …", "Enviado como: Authorization: Bearer …"],
  "token.revoke": ["Revoke", "Revogar"],
  "token.revokeTitle": ["Revoke {name}?", "Revogar {name}?"],
  "token.revokeText": [
    "Whatever uses it is refused from its next request on. This can't be undone.",
    "O que o utiliza é recusado a partir da próxima requisição. Não pode ser desfeito."
  ],
  "nav.workspaces": ["Workspaces", "Áreas de trabalho"],
  "workspace.hint": [
    "Each has its own accounts, members and records; nothing is seen from one in another.",
    "Cada uma tem contas, membros e registros próprios; nada de uma é visto em outra."
  ],
  "workspace.name": ["Name", "Nome"],
  "workspace.id": ["Id", "Id"],
  "workspace.idHint": [
    "Stands in every record and can't be changed",
    "Consta em cada registro e não pode ser alterado"
  ],
  "workspace.idWrong": [
    "Letters, digits, and . _ : - between them, 128 at most.",
    "Letras, dígitos e . _ : - entre eles, no máximo 128."
  ],
  "workspace.search": ["Name or id", "Nome ou id"],
  "workspace.noMatch": ["No workspace matches.", "Nenhuma área de trabalho encontrada."],
  "workspace.actions": ["Actions", "Ações"],
  "workspace.present": ["open here", "aberta aqui"],
  "workspace.open": ["Open", "Abrir"],
  "workspace.openNamed": ["Open workspace {workspace}", "Abrir a área de trabalho {workspace}"],
  "workspace.create": ["Create a workspace", "Criar área de trabalho"],
  "workspace.createTitle": ["New workspace", "Nova área de trabalho"],
  "workspace.rename": ["Rename", "Renomear"],
  "workspace.renameTitle": ["Rename {workspace}", "Renomear {workspace}"],
  "workspace.inSystem": ["You are in the workspace of the installation", "Você está na área da instalação"],
  "workspace.inSystemText": [
    "It shows services and the records of all workspaces. Accounts, rules and commands are in the others:",
    "Ela mostra os serviços e os registros de todas as áreas. Contas, regras e comandos estão nas outras:"
  ],
  "workspace.all": ["All {count}", "Todas as {count}"],
  "workspace.stay": ["Stay here", "Ficar aqui"]
} as const
