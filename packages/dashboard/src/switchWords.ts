/** Texts of kill switches and of decisions. */
export const switchWords = {
  "switch.button": ["Kill switch", "Parar operações"],
  "switch.title": ["Stop trading", "Parar as operações"],
  "switch.scope": ["What it holds for", "Para o que vale"],
  "switch.ofWorkspace": ["All accounts of this workspace", "Todas as contas desta área de trabalho"],
  "switch.ofInstallation": ["Everything, every workspace", "Tudo, todas as áreas de trabalho"],
  "switch.ofAccount": ["Account {account}", "Conta {account}"],
  "switch.ofRule": ["Rule {rule} of account {account}", "Regra {rule} da conta {account}"],
  "switch.mode": ["How far", "Até onde"],
  "switch.reduceOnly": [
    "Reduce only: nothing is opened; protection goes on",
    "Só reduzir: nada é aberto; a proteção continua"
  ],
  "switch.halted": ["Halt: nothing at all is sent, protection included", "Parar: nada é enviado, nem mesmo a proteção"],
  "switch.reason": ["Why (for the audit log)", "Motivo (para o registro de auditoria)"],
  "switch.warning": [
    "While halted, positions are not protected: no stop is moved, nothing is closed.",
    "Enquanto parado, as posições não são protegidas: nenhum stop é movido, nada é fechado."
  ],
  "switch.type": ["Type {word} to confirm", "Digite {word} para confirmar"],
  "switch.word": ["STOP", "PARAR"],
  "switch.set": ["Stop trading", "Parar operações"],
  "switch.none": ["No switch is set: everything trades.", "Nenhuma chave ativada: tudo opera."],
  "switch.what": ["Scope", "Alcance"],
  "switch.state": ["State", "Estado"],
  "switch.by": ["By", "Por"],
  "switch.since": ["Since", "Desde"],
  "switch.why": ["Why", "Motivo"],
  "switch.lift": ["Lift", "Liberar"],
  "switch.liftTitle": ["Let it trade again?", "Voltar a operar?"],
  "switch.liftText": ["{what} trades again at once.", "{what} volta a operar imediatamente."],
  "switch.all": ["Everything", "Tudo"],
  "decision.list": ["Decisions", "Decisões"],
  "decision.none": ["No rule of the account has decided anything yet.", "Nenhuma regra da conta decidiu algo ainda."],
  "decision.when": ["When", "Quando"],
  "decision.what": ["Decision", "Decisão"],
  "decision.figure": ["Price", "Preço"],
  "reason.account_inactive": ["The account is switched off.", "A conta está desligada."],
  "reason.account_not_armed": [
    "The account is not armed for real money.",
    "A conta não está liberada para dinheiro real."
  ],
  "reason.halted": ["A kill switch holds.", "Uma chave de parada está ativa."],
  "reason.reduce_only": ["A switch lets it only reduce.", "Uma chave só permite reduzir."],
  "reason.controls_unreadable": [
    "The controls can't be read, so nothing is opened.",
    "Os controles não podem ser lidos; nada é aberto."
  ],
  "reason.rule_disabled": ["The rule is off.", "A regra está desligada."],
  "reason.max_actions": ["The rule has used up its actions.", "A regra esgotou suas ações."],
  "reason.cool_down": ["The rule is cooling down.", "A regra está em pausa após agir."],
  "reason.market_gap": ["Prices are missing.", "Faltam preços."],
  "reason.price_stale": ["The price is too old.", "O preço está desatualizado."],
  "reason.trigger_not_reached": ["The trigger is not reached.", "O gatilho não foi atingido."],
  "reason.already_acted": ["It has acted in this episode.", "Já agiu neste episódio."],
  "reason.command_outstanding": ["Its command is under way.", "O comando está em andamento."],
  "reason.retry_waits": ["It waits for its next attempt.", "Espera a próxima tentativa."],
  "reason.action_unsupported": ["The exchange can't do this.", "A corretora não oferece essa ação."],
  "reason.fired": ["It acts.", "Age."]
} as const
