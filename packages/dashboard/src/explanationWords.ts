/** Texts of explanations: why a rule acted or did not. */
export const explanationWords = {
  "why.title": ["Why did {rule} (not) act?", "Por que {rule} agiu (ou não)?"],
  "why.at": ["At (your time)", "Em (seu horário)"],
  "why.earlier": ["1 min earlier", "1 min antes"],
  "why.later": ["1 min later", "1 min depois"],
  "why.now": ["Now", "Agora"],
  "why.version": ["version {version}", "versão {version}"],
  "why.off": ["off", "desligada"],
  "why.nothing": [
    "Nothing was watched at that time, or no record of it is kept. Choose another time. {detail}",
    "Nada era acompanhado nesse momento, ou não há registros dele. Escolha outro momento. {detail}"
  ],
  "why.noPosition": [
    "The account had no open position that the rule watches, so there was nothing to decide.",
    "A conta não tinha posição aberta que a regra acompanhe; nada havia a decidir."
  ],
  "why.entry": ["Entry", "Entrada"],
  "why.ofPosition": ["Position {id}", "Posição {id}"],
  "why.position": [
    "{side}, {quantity} USD at {entry}, margin {margin}, liquidated at {liquidation}",
    "{side}, {quantity} USD a {entry}, margem {margin}, liquidação a {liquidation}"
  ],
  "why.price": ["Price then", "Preço então"],
  "why.marketTime": ["{when} market time", "{when} hora do mercado"],
  "why.trigger": ["Trigger price", "Preço de gatilho"],
  "why.away": ["{distance} away ({share})", "a {distance} ({share})"],
  "why.beyond": ["reached, {distance} beyond ({share})", "atingido, {distance} além ({share})"],
  "why.noPrice": ["no price changes that", "nenhum preço muda isso"],
  "why.anyPrice": ["acts at any price", "age a qualquer preço"],
  "why.at_least": ["acts at {limit} or more", "age com {limit} ou mais"],
  "why.at_most": ["acts at {limit} or less", "age com {limit} ou menos"],
  "why.recorded": [
    "The monitor recorded this when it evaluated the price.",
    "O monitor registrou isto ao avaliar o preço."
  ],
  "why.derived": [
    "Follows from the price and from what was in force then; nothing had to be recorded.",
    "Decorre do preço e do que estava em vigor; nada precisava ser registrado."
  ],
  "why.episode": ["What it decided in this episode", "O que decidiu neste episódio"],
  "why.attempts": ["What it did", "O que fez"],
  "why.attemptsBefore": ["What it did last before", "O que fez por último antes"],
  "why.action": ["Command", "Comando"],
  "why.notKept": ["its record is no longer kept", "o registro não é mais mantido"],
  "why.outcome": ["Outcome", "Resultado"],
  "why.noOutcome": ["no outcome is recorded", "nenhum resultado registrado"],
  "why.limit": ["Limit", "Limite"],
  "why.until": ["until {when}", "até {when}"],
  "why.by": ["by {who} at {when}", "por {who} em {when}"],
  "why.byBecause": ["by {who} at {when} ({why})", "por {who} em {when} ({why})"],
  "verdictOf.fired": ["It acted with this price.", "Agiu com este preço."],
  "verdictOf.condition_not_met": [
    "It did not act: its condition was not met.",
    "Não agiu: a condição não estava satisfeita."
  ],
  "verdictOf.trigger_not_reached": [
    "It did not act: the price had not reached its trigger.",
    "Não agiu: o preço não havia atingido o gatilho."
  ],
  "verdictOf.account_inactive": [
    "It did not act: the account was switched off, so nothing of it was watched.",
    "Não agiu: a conta estava desligada; nada dela era acompanhado."
  ],
  "verdictOf.account_not_armed": [
    "It did not act: the account was not armed for the main network.",
    "Não agiu: a conta não estava liberada para a rede principal."
  ],
  "verdictOf.halted": ["It did not act: trading was halted {by}.", "Não agiu: as operações estavam paradas {by}."],
  "verdictOf.reduce_only": [
    "It did not act: only reducing was allowed {by}, and its action opens an exposure.",
    "Não agiu: só era permitido reduzir {by}, e sua ação abre exposição."
  ],
  "verdictOf.controls_unreadable": [
    "It did not act: the switches could not be read, so nothing was opened.",
    "Não agiu: as chaves não podiam ser lidas; nada foi aberto."
  ],
  "verdictOf.rule_disabled": ["It did not act: the rule was switched off.", "Não agiu: a regra estava desligada."],
  "verdictOf.max_actions": [
    "It did not act: it had had all its actions {until}.",
    "Não agiu: já havia usado todas as suas ações {until}."
  ],
  "verdictOf.cool_down": [
    "It did not act: it cooled down after its last action {until}.",
    "Não agiu: estava em pausa após a última ação {until}."
  ],
  "verdictOf.market_gap": [
    "It did not act: the price was filled in after a gap, and the rule holds on such prices.",
    "Não agiu: o preço foi preenchido após uma lacuna, e a regra espera nesses casos."
  ],
  "verdictOf.price_stale": [
    "It did not act: the price was stale, and the rule holds on stale prices.",
    "Não agiu: o preço estava desatualizado, e a regra espera nesses casos."
  ],
  "verdictOf.already_acted": [
    "It did not act: it had acted in this episode, and does so once until the condition has passed.",
    "Não agiu: já havia agido neste episódio, e só age uma vez até a condição passar."
  ],
  "verdictOf.command_outstanding": [
    "It did not act anew: its command was under way, or its effect had not shown on the position yet.",
    "Não agiu de novo: o comando estava em andamento ou o efeito ainda não aparecia na posição."
  ],
  "verdictOf.retry_waits": [
    "It did not act: the last attempt had ended without effect, and the next one waited {until}.",
    "Não agiu: a última tentativa terminou sem efeito, e a próxima esperava {until}."
  ],
  "verdictOf.action_unsupported": [
    "It did not act: the exchange has no such action here.",
    "Não agiu: a corretora não oferece essa ação aqui."
  ],
  "verdictOf.not_evaluated": [
    "No decision is recorded: no monitor had evaluated this price.",
    "Nenhuma decisão registrada: nenhum monitor havia avaliado este preço."
  ]
} as const
