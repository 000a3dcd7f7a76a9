/** Texts of commands that automation can't end by itself, and of what somebody does with them. */
export const commandWords = {
  "nav.commands": ["Commands", "Comandos"],
  "command.hint": [
    "What automation can't end by itself: commands that wait, ended without effect, or of which nobody knows what they did.",
    "O que a automação não consegue concluir: comandos que esperam, que terminaram sem efeito ou cujo resultado ninguém conhece."
  ],
  "command.unknownCount": [
    "{count} command is unknown: look at the exchange|{count} commands are unknown: look at the exchange",
    "{count} comando desconhecido: confira na corretora|{count} comandos desconhecidos: confira na corretora"
  ],
  "command.none": [
    "Nothing waits for you: automation has ended every command.",
    "Nada espera por você: a automação concluiu todos os comandos."
  ],
  "command.noneOfStatus": ["No command has this state.", "Nenhum comando neste estado."],
  "command.filter": ["Show commands by their state", "Exibir comandos por estado"],
  "command.allAccounts": ["Only account {account}: show all", "Somente a conta {account}: exibir todas"],
  "command.what": ["Command", "Comando"],
  "command.status": ["State", "Estado"],
  "command.reason": ["Why", "Motivo"],
  "command.since": ["Since", "Desde"],
  "command.title": ["Command", "Comando"],
  "command.back": ["Back to the commands", "Voltar aos comandos"],
  "command.gone": [
    "This command is not listed (any more): it was carried out, or never had to wait. What the audit log says of it is below.",
    "Este comando não está (mais) na lista: foi executado ou nunca precisou esperar. Abaixo, o que diz o registro de auditoria."
  ],
  "command.sinceThen": ["so since {when}", "assim desde {when}"],
  "command.retryAt": ["tried again at {when}", "nova tentativa às {when}"],
  "command.decidedAt": ["Decided at", "Decidido a"],
  "command.limit": ["the rule's limit: {limit}", "limite da regra: {limit}"],
  "command.atOnce": ["at once", "imediato"],
  "command.attempt": ["Attempt", "Tentativa"],
  "command.id": ["Command id", "Id do comando"],
  "command.repeats": ["Repeats command", "Repete o comando"],
  "command.mayNot": [
    "To execute, cancel or settle it you need the permission trading.",
    "Para executar, cancelar ou resolver é preciso a permissão de operações."
  ],
  "status.all": ["All", "Todos"],
  "status.unknown": ["unknown", "desconhecido"],
  "status.pending": ["waiting", "esperando"],
  "status.failed": ["failed", "falhou"],
  "status.refused": ["refused", "recusado"],
  "status.completed": ["carried out", "executado"],
  "does.reduce_position": ["reduce the position by {percent} %", "reduzir a posição em {percent} %"],
  "does.add_margin": ["add {amount} of margin", "adicionar {amount} de margem"],
  "does.cash_in": ["cash in {amount}", "realizar {amount}"],
  "does.set_take_profit": ["set the take profit to {price}", "definir o take profit em {price}"],
  "does.set_stop_loss": ["set the stop loss to {price}", "definir o stop loss em {price}"],
  "does.open_position": ["{side} {quantity} USD with {leverage}×", "{side} {quantity} USD com {leverage}×"],
  "hand.title": ["What you can do by hand", "O que fazer manualmente"],
  "hand.close_position": [
    "Open the exchange, check position {position}, and close it there or add margin to it.",
    "Abra a corretora, confira a posição {position} e feche-a lá ou adicione margem."
  ],
  "hand.reduce_position": [
    "Open the exchange, check position {position}, and reduce it there by {percent} %, or add margin to it.",
    "Abra a corretora, confira a posição {position} e reduza-a em {percent} % ou adicione margem."
  ],
  "hand.add_margin": [
    "Open the exchange, check position {position}, and add {amount} of margin there or close it.",
    "Abra a corretora, confira a posição {position} e adicione {amount} de margem ou feche-a."
  ],
  "hand.cash_in": [
    "Open the exchange, check position {position}, and cash in {amount} there.",
    "Abra a corretora, confira a posição {position} e realize {amount}."
  ],
  "hand.set_take_profit": [
    "Open the exchange, check position {position}, and set its take profit to {price} there.",
    "Abra a corretora, confira a posição {position} e defina o take profit em {price}."
  ],
  "hand.set_stop_loss": [
    "Open the exchange, check position {position}, and set its stop loss to {price} there.",
    "Abra a corretora, confira a posição {position} e defina o stop loss em {price}."
  ],
  "hand.open_position": [
    "Open the exchange, see whether the order is there, and if it is still wanted, {side} {quantity} USD there.",
    "Abra a corretora, veja se a ordem está lá e, se ainda for desejada, mande {side} {quantity} USD."
  ],
  "cancel.button": ["Cancel the command", "Cancelar o comando"],
  "cancel.title": ["Withdraw this command?", "Retirar este comando?"],
  "cancel.text": [
    "It is never sent then. What was sent before is not undone; while the condition holds the rule may decide anew: halt the rule to end that.",
    "Ele não será enviado. O que já foi enviado não é desfeito; enquanto a condição valer, a regra pode decidir de novo: pare a regra para encerrar."
  ],
  "execute.button": ["Execute anew", "Executar de novo"],
  "execute.title": ["Send this command anew?", "Enviar este comando de novo?"],
  "execute.text": [
    "It is sent once more, judged by the present state: switches, caps and the position as it is now hold. Its rule is not asked.",
    "Ele é enviado mais uma vez e julgado pelo estado atual: valem as chaves, os limites e a posição como está agora. A regra não é consultada."
  ],
  "execute.sent": ["It was sent. What became of it:", "Foi enviado. O resultado:"],
  "execute.sentBefore": [
    "It was sent anew before, and is sent once only. What became of it:",
    "Já havia sido reenviado, e isso só ocorre uma vez. O resultado:"
  ],
  "execute.waits": ["Waiting for the outcome …", "Aguardando o resultado …"],
  "execute.look": ["Open the new command", "Abrir o novo comando"],
  "settle.button": ["Settle", "Resolver"],
  "settle.title": ["What became of the order?", "O que aconteceu com a ordem?"],
  "settle.warning": [
    "Look at the exchange first. The first verdict holds and can't be taken back; nothing is sent again for this order.",
    "Confira primeiro na corretora. O primeiro veredito vale e não pode ser retirado; nada será reenviado por esta ordem."
  ],
  "settle.order": ["Which order", "Qual ordem"],
  "settle.question": ["What does the exchange show?", "O que a corretora mostra?"],
  "settle.applied": ["The exchange shows its effect.", "A corretora mostra o efeito."],
  "settle.notApplied": ["The exchange shows no trace of it.", "A corretora não mostra vestígio dela."],
  "settle.effect": ["Trade or order at the exchange, if you know it", "Operação ou ordem na corretora, se souber"],
  "settle.then": [
    "The executor tells of it within some seconds and frees the position; then its rules act again while their conditions hold.",
    "O executor informa em alguns segundos e libera a posição; as regras voltam a agir enquanto as condições valerem."
  ],
  "verdict.applied": ["carried out", "executada"],
  "verdict.not_applied": ["not carried out", "não executada"],
  "verdict.by": ["{who}, {when}", "{who}, {when}"],
  "order.list": ["Orders in the ledger", "Ordens no livro de intenções"],
  "order.none": ["No order of it has reached the ledger.", "Nenhuma ordem dele chegou ao livro."],
  "order.id": ["Order", "Ordem"],
  "order.state": ["State", "Estado"],
  "order.sends": ["Sends", "Envios"],
  "order.signed": ["Signed", "Assinada"],
  "order.effect": ["At the exchange", "Na corretora"],
  "order.verdict": ["By hand", "Manual"],
  "order.planned": ["planned", "planejada"],
  "order.sent": ["under way", "a caminho"],
  "order.succeeded": ["carried out", "executada"],
  "order.refused": ["refused", "recusada"],
  "order.not_applied": ["did not arrive", "não chegou"],
  "order.unknown": ["unknown", "desconhecida"],
  "trail.title": ["Audit log", "Registro de auditoria"],
  "trail.none": ["Nobody has done anything with it.", "Ninguém fez nada com isso."],
  "trail.all": ["Search the audit log", "Pesquisar no registro"],
  "trail.when": ["When", "Quando"],
  "trail.who": ["Who", "Quem"],
  "trail.what": ["What", "O quê"]
} as const
