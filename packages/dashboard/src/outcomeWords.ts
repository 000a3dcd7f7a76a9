/** Why a command waits or how it ended: the words that the executor knows, as people read them. */
export const outcomeWords = {
  "outcome.done": ["The order was carried out.", "A ordem foi executada."],
  "outcome.partly_done": ["Only a part of the reduction was carried out.", "Só parte da redução foi executada."],
  "outcome.dry_run": ["Dry run: nothing was sent.", "Simulação: nada foi enviado."],
  "outcome.settled_applied": [
    "An operator found that the order had been carried out.",
    "Um operador constatou que a ordem foi executada."
  ],
  "outcome.settled_not_applied": [
    "An operator found that the order had not been carried out.",
    "Um operador constatou que a ordem não foi executada."
  ],
  "outcome.account_inactive": ["The account is switched off.", "A conta está desligada."],
  "outcome.account_not_armed": [
    "The account is not armed for the main network; nothing is sent before it is.",
    "A conta não está liberada para a rede principal; nada é enviado antes disso."
  ],
  "outcome.workspace_mismatch": [
    "Command and account belong to different workspaces.",
    "Comando e conta pertencem a áreas de trabalho diferentes."
  ],
  "outcome.canceled_by_operator": ["An operator withdrew the command.", "Um operador retirou o comando."],
  "outcome.halted": ["Trading is halted by a kill switch.", "As operações estão paradas por uma chave."],
  "outcome.reduce_only": ["A kill switch lets nothing be opened.", "Uma chave não permite abrir nada."],
  "outcome.controls_unreadable": [
    "The kill switches can't be read; nothing is opened meanwhile.",
    "As chaves de parada não podem ser lidas; nada é aberto enquanto isso."
  ],
  "outcome.rule_disabled": ["The rule is switched off or gone.", "A regra está desligada ou não existe mais."],
  "outcome.rule_changed": [
    "The rule asks for another action now than the one decided on.",
    "A regra agora pede outra ação que a decidida."
  ],
  "outcome.expired": ["The command is too old to be carried out.", "O comando é antigo demais para ser executado."],
  "outcome.condition_cleared": [
    "The condition no longer holds for the position as it is now.",
    "A condição não vale mais para a posição como está agora."
  ],
  "outcome.position_closed": ["The position was closed before.", "A posição já havia sido fechada."],
  "outcome.position_liquidated": [
    "The exchange had liquidated the position before.",
    "A corretora já havia liquidado a posição."
  ],
  "outcome.position_unknown": ["The exchange does not know the position.", "A corretora não conhece a posição."],
  "outcome.position_blocked": [
    "An earlier action on this position is not settled yet; nothing is sent before that.",
    "Uma ação anterior nesta posição ainda não foi resolvida; nada é enviado antes disso."
  ],
  "outcome.revision_superseded": [
    "Another action was applied after this one was decided.",
    "Outra ação foi aplicada depois desta decisão."
  ],
  "outcome.plan_outdated": [
    "The position changed since the reduction was planned.",
    "A posição mudou desde que a redução foi planejada."
  ],
  "outcome.cap_order_quantity": ["Larger than the cap of one order.", "Maior que o limite de uma ordem."],
  "outcome.cap_hour_quantity": [
    "The account would open more within an hour than its cap.",
    "A conta abriria em uma hora mais que o seu limite."
  ],
  "outcome.cap_hour_orders": [
    "The account has opened as often within an hour as its cap allows.",
    "A conta já abriu em uma hora tantas vezes quanto o limite permite."
  ],
  "outcome.cap_add_margin": ["More margin than the cap of one payment.", "Mais margem que o limite de um pagamento."],
  "outcome.cap_hour_add_margin": [
    "The account would add more margin within an hour than its cap.",
    "A conta adicionaria em uma hora mais margem que o limite."
  ],
  "outcome.insufficient_balance": [
    "The account's balance does not cover the amount.",
    "O saldo da conta não cobre o valor."
  ],
  "outcome.cross_leverage_differs": [
    "There is a cross position with another leverage, which an entry does not change.",
    "Há uma posição cross com outra alavancagem, que uma entrada não altera."
  ],
  "outcome.unsupported_for_cross": [
    "The exchange has no such action for cross margin.",
    "A corretora não oferece essa ação para margem cross."
  ],
  "outcome.reduce_unsupported_for_isolated_trade": [
    "The exchange can't close a part of an isolated trade. Name a strategy in the rule.",
    "A corretora não fecha parte de uma operação isolada. Indique uma estratégia na regra."
  ],
  "outcome.credentials_missing": ["The account has no usable credentials.", "A conta não tem credenciais utilizáveis."],
  "outcome.credentials_rejected": [
    "The exchange refused the account's credentials.",
    "A corretora recusou as credenciais da conta."
  ],
  "outcome.exchange_refused": ["The exchange refused the order.", "A corretora recusou a ordem."],
  "outcome.ambiguous_read_back": [
    "The exchange's reply was lost, and what it shows does not tell whether the order was carried out.",
    "A resposta da corretora se perdeu, e o que ela mostra não diz se a ordem foi executada."
  ],
  "outcome.not_applied_in_time": [
    "The order had not reached the exchange and is too old to be sent again.",
    "A ordem não chegou à corretora e é antiga demais para ser reenviada."
  ],
  "outcome.not_sent": ["Nothing was sent for it.", "Nada foi enviado por ele."],
  "outcome.rateLimited": [
    "The exchange allows no more requests of this account for the moment.",
    "A corretora não permite mais requisições desta conta por enquanto."
  ],
  "outcome.unavailable": ["The exchange is not available.", "A corretora está indisponível."],
  "outcome.connectFailed": ["The exchange can't be reached.", "Não foi possível conectar à corretora."],
  "outcome.dependencyDown": [
    "The exchange is down; one request at a time shows whether it is back.",
    "A corretora está fora; uma requisição por vez verifica se voltou."
  ],
  "outcome.replyLost": ["The exchange does not answer.", "A corretora não responde."],
  "outcome.invalidReply": ["The exchange's answer can't be read.", "A resposta da corretora não pode ser lida."],
  "outcome.unauthorized": [
    "The exchange did not accept the request's signature.",
    "A corretora não aceitou a assinatura da requisição."
  ],
  "outcome.forbidden": ["The exchange does not allow the request.", "A corretora não permite a requisição."],
  "outcome.notFound": ["The exchange does not know what was asked for.", "A corretora não conhece o que foi pedido."],
  "outcome.badRequest": [
    "The exchange refused a question about the position.",
    "A corretora recusou uma consulta sobre a posição."
  ],
  "outcome.store_unavailable": [
    "The database does not answer; nothing is sent without it.",
    "O banco de dados não responde; nada é enviado sem ele."
  ],
  "outcome.credentials_unreadable": [
    "The account's credentials can't be decrypted.",
    "As credenciais da conta não podem ser decifradas."
  ],
  "outcome.signature_window": [
    "A reply was lost; it is sent again only when a late copy of the first would be refused.",
    "Uma resposta se perdeu; o reenvio só ocorre quando uma cópia tardia seria recusada."
  ],
  "outcome.reply_lost": ["A reply was lost again; it is read back.", "Outra resposta se perdeu; está sendo conferida."],
  "outcome.position_moved": ["The position changed while it was read back.", "A posição mudou enquanto era conferida."],
  "outcome.sent_intent": [
    "Another action on the position is under way.",
    "Outra ação nesta posição está em andamento."
  ],
  "outcome.unknown_id": ["The order is not in the ledger yet.", "A ordem ainda não está no livro."],
  "outcome.intent_unreadable": ["The order was written by another version.", "A ordem foi escrita por outra versão."],
  "outcome.delivered_again": [
    "The executor was restarted; the command is about to be delivered again.",
    "O executor foi reiniciado; o comando será entregue de novo."
  ],
  "outcome.outcome_not_recorded": ["The outcome is not recorded yet.", "O resultado ainda não foi registrado."]
} as const
