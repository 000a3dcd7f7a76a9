/** Texts of dead letters. */
export const letterWords = {
  "nav.letters": ["Dead letters", "Mensagens mortas"],
  "letters.hint": [
    "Records set aside because nobody could handle them, by cause.",
    "Registros separados porque ninguém conseguiu tratá-los, por causa."
  ],
  "letters.none": ["No dead letter of this workspace is kept.", "Nenhuma mensagem morta nesta área de trabalho."],
  "letters.noGroups": ["This topic has no dead letters.", "Este tópico não tem mensagens mortas."],
  "letters.topic": ["Topic", "Tópico"],
  "letters.open": ["Waiting", "Esperando"],
  "letters.quarantined": ["Quarantined", "Em quarentena"],
  "letters.settled": ["Settled", "Resolvidas"],
  "letters.back": ["Back to the topics", "Voltar aos tópicos"],
  "letters.cause": ["Cause", "Causa"],
  "letters.affected": ["Affected: {kind}", "Afetados: {kind}"],
  "letters.affectedColumn": ["Affected", "Afetados"],
  "letters.more": ["and {count} more", "e mais {count}"],
  "letters.last": ["Last failure", "Última falha"],
  "letters.actions": ["Actions", "Ações"],
  "letters.look": ["Letters", "Mensagens"],
  "letters.value": ["Value", "Valor"],
  "letters.headers": ["Headers", "Cabeçalhos"],
  "letters.origin": ["Read from", "Lida de"],
  "letters.at": ["{topic}, partition {partition}, offset {offset}", "{topic}, partição {partition}, offset {offset}"],
  "replay.button": ["Replay", "Reenviar"],
  "replay.title": ["Send back to their lanes?", "Reenviar às suas faixas?"],
  "replay.would": [
    "{count} letter goes back, each key in its order.|{count} letters go back, each key in its order.",
    "{count} mensagem volta, cada chave em sua ordem.|{count} mensagens voltam, cada chave em sua ordem."
  ],
  "replay.left": [
    "Left out: {quarantined} quarantined, {settled} settled before, {refused} that can't go back.",
    "Ficam de fora: {quarantined} em quarentena, {settled} já resolvidas, {refused} que não podem voltar."
  ],
  "replay.first": ["The first ones", "As primeiras"],
  "replay.key": ["Key {key}, failed {when}", "Chave {key}, falhou {when}"],
  "replay.all": ["Replay all", "Reenviar todas"],
  "replay.overtaking": [
    "{count} letter goes ahead of an older one of its key.|{count} letters go ahead of older ones of their keys.",
    "{count} mensagem passa à frente de outra mais antiga da mesma chave.|{count} mensagens passam à frente de outras mais antigas da mesma chave."
  ],
  "letters.first": ["first {when}", "primeira {when}"],
  "letters.allOf": ["All letters of the topic", "Todas as mensagens do tópico"],
  "letters.ofTopic": ["Letters of {topic}", "Mensagens de {topic}"],
  "letters.one": ["Dead letter", "Mensagem morta"],
  "letters.list": ["Letters", "Mensagens"],
  "letters.backToGroups": ["Back to the causes", "Voltar às causas"],
  "letters.backToList": ["Back to the letters", "Voltar às mensagens"],
  "letters.select": ["Choose", "Escolher"],
  "letters.choose": ["Choose letter {id}", "Escolher a mensagem {id}"],
  "letters.chosen": [
    "{count} letter chosen|{count} letters chosen",
    "{count} mensagem escolhida|{count} mensagens escolhidas"
  ],
  "letters.chooseNone": ["Choose none", "Não escolher nenhuma"],
  "letters.state": ["State", "Estado"],
  "letters.key": ["Key", "Chave"],
  "letters.wholeKey": ["The whole key", "A chave inteira"],
  "letters.failed": ["Last failure", "Última falha"],
  "letters.firstFailure": ["First failure", "Primeira falha"],
  "letters.attempts": ["Attempts", "Tentativas"],
  "letters.replays": ["Replayed before", "Reenvios anteriores"],
  "letters.kind": ["Kind of error", "Tipo de erro"],
  "letters.service": ["Service", "Serviço"],
  "letters.trace": ["Trace", "Rastro"],
  "letters.schema": ["Schema id", "Id do esquema"],
  "letters.marked": ["Settled", "Resolvida"],
  "letters.markedBy": ["by {who}, {when}", "por {who}, {when}"],
  "letters.editReason": ["Why it was edited", "Por que foi editada"],
  "letters.raw": ["Raw", "Bruto"],
  "letters.rawBytes": ["{bytes} as they were read; secrets are hidden.", "{bytes} como lidos; segredos são ocultados."],
  "letters.rawCut": [
    "{bytes} as they were read; the beginning is shown, secrets are hidden.",
    "{bytes} como lidos; só o início é exibido, segredos são ocultados."
  ],
  "letters.stack": ["Stack", "Pilha"],
  "letters.anyCause": ["Only one cause: show all", "Só uma causa: exibir todas"],
  "letters.noMatch": ["No letter matches.", "Nenhuma mensagem encontrada."],
  "letterState.any": ["any state", "qualquer estado"],
  "letterState.open": ["waiting", "esperando"],
  "letterState.quarantined": ["quarantined", "em quarentena"],
  "letterState.replayed": ["replayed", "reenviada"],
  "letterState.edited": ["edited and replayed", "editada e reenviada"],
  "letterState.purged": ["purged", "descartada"],
  "purge.button": ["Purge", "Descartar"],
  "purge.all": ["Purge all", "Descartar todas"],
  "purge.title": ["Give up for good?", "Descartar de vez?"],
  "purge.would": [
    "{count} letter that waits is given up, quarantined ones included.|{count} letters that wait are given up, quarantined ones included.",
    "{count} mensagem que espera é descartada, inclusive em quarentena.|{count} mensagens que esperam são descartadas, inclusive em quarentena."
  ],
  "purge.warning": [
    "What they asked for is never done. The audit log keeps that you did it, not what they held.",
    "O que pediam nunca será feito. O registro de auditoria guarda que você descartou, não o conteúdo."
  ],
  "purge.word": ["PURGE", "DESCARTAR"],
  "edit.button": ["Edit and replay", "Editar e reenviar"],
  "edit.title": ["Send back with another value", "Reenviar com outro valor"],
  "edit.text": [
    "Key and headers stay. The value is checked against the topic's schema before anything is sent.",
    "Chave e cabeçalhos permanecem. O valor é conferido com o esquema do tópico antes do envio."
  ],
  "edit.value": ["New value (JSON)", "Novo valor (JSON)"],
  "edit.noJson": ["This is no JSON.", "Isto não é JSON."],
  "edit.checking": ["Checking …", "Conferindo …"],
  "edit.fits": ["The topic's schema takes it.", "O esquema do tópico aceita."],
  "edit.fitsNot": ["It can't be sent like this.", "Assim não pode ser enviado."],
  "edit.send": ["Send", "Enviar"],
  "job.list": ["Work on dead letters", "Trabalhos em mensagens mortas"],
  "job.none": [
    "Nothing was replayed, edited or purged lately.",
    "Nada foi reenviado, editado ou descartado recentemente."
  ],
  "job.what": ["What", "O quê"],
  "job.state": ["Progress", "Andamento"],
  "job.by": ["By", "Por"],
  "job.begun": ["Begun", "Início"],
  "job.stop": ["Stop", "Parar"],
  "jobKind.replay": ["Replay", "Reenvio"],
  "jobKind.edit": ["Edit and replay", "Edição e reenvio"],
  "jobKind.purge": ["Purge", "Descarte"],
  "job.running": ["{done} of {expected} done …", "{done} de {expected} …"],
  "job.replay": [
    "Sent {done} letter back.|Sent {done} letters back.",
    "{done} mensagem reenviada.|{done} mensagens reenviadas."
  ],
  "job.edit": ["Sent the letter back with its new value.", "Mensagem reenviada com o novo valor."],
  "job.purge": [
    "Gave {done} letter up.|Gave {done} letters up.",
    "{done} mensagem descartada.|{done} mensagens descartadas."
  ],
  "job.stopped": ["Stopped after {done}: {reason}.", "Parado após {done}: {reason}."],
  "job.failed": ["Failed after {done}: {reason}", "Falhou após {done}: {reason}"],
  "job.interrupted": [
    "Cut off after {done}; the same again goes on with the rest. {reason}",
    "Interrompido após {done}; repetir continua com o resto. {reason}"
  ]
} as const
