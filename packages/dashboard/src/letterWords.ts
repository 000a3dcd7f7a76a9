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
  "letters.look": ["Look at one", "Ver uma"],
  "letters.value": ["Value", "Valor"],
  "letters.headers": ["Headers", "Cabeçalhos"],
  "letters.origin": ["Read from", "Lida de"],
  "letters.at": ["{topic}, partition {partition}, offset {offset}", "{topic}, partição {partition}, offset {offset}"],
  "letters.undecodable": ["Can't be decoded: {issue}", "Não pode ser decodificada: {issue}"],
  "letters.tombstone": ["A removal: no value", "Uma remoção: sem valor"],
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
  "replay.running": ["Sending: {done} done", "Reenviando: {done} enviadas"],
  "replay.done": [
    "Sent {done} letter back.|Sent {done} letters back.",
    "{done} mensagem reenviada.|{done} mensagens reenviadas."
  ],
  "replay.ended": ["The job ended ({state}) after {done}.", "O trabalho terminou ({state}) após {done}."]
} as const
