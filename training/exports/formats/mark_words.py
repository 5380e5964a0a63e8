"""Words by which tools mark for whom a message is, in eight languages: en, de, fr, es, it, pt, nl, pl.

All are lower case. Patterns are stems: they find the word in the plural, declined, and inside of a compound.
"""

import re

# Not for the customer, whatever else stands beside it.
PRIVATE = re.compile(
    r"private|privat|privad|priv[ée]e?s?$|prywatn|intern(?!et|at|ship|iert|ist)|wewn[ęe]trzn|vertraulich|vertrouwelijk|confiden(?:ti[ae]|cia|zia)|"
    r"riservat|reservad|poufn|whisper|flüster|hidden|versteck|verborgen|ausgeblendet|masqu[eé]|caché|ocult|nascost|escondid|"
    r"ukryt|secret(?!ar)|segret|geheim|tajn|backstage|backoffice|restricted|eingeschränkt|draft|entw[uü]rf|brouillon|borrador|"
    r"bozz[ae]|rascunho|szkic|onzichtbaar|niewidoczn|"
    r"^(?:un|in|non|nicht|nie|niet|no)-?(?:p[uú]bl|visib|sicht|veröff|öffent|openb|zicht|shown|shared|sent|widocz)"
)
# What staff writes for itself, unless it is called public: "note", "isnote", "notizen", "teamnotiz".
NOTES = re.compile(
    r"^notes?$|(?:^is|comment|team|agent|staff|side)notes?$|notiz(?:en)?$|^notities?$|^notas?$|^notatk|^adnotac|"
    r"anmerkung|vermerk|^remark|^annota|^memos?$|^opmerking|^appunt"
)
# For the customer.
PUBLIC = re.compile(
    r"p[uú]bli(?:[ckqé]|s(?!her))|publiés?$|pubblic|öffentlich|oeffentlich|openbar|openbaar|visib|visív|sichtbar|zichtbaar|widoczn|"
    r"shown|facing|^extern|zewn[ęe]trzn|freigegeben"
)
NOT = frozenset("not non no nicht kein keine pas ni não nao niet geen nie ne never".split())
ONLY = frozenset(
    (
        "only nur ausschließlich seulement uniquement solo sólo solamente soltanto só somente apenas alleen "
        "enkel tylko exclusively"
    ).split()
)
FOR = frozenset("for für fuer pour para per voor dla".split())
STAFF = re.compile(
    r"^(?:agent|staff|teams?$|admin|operator|support$|colleague|employee|mitarbeite|kolleg|personal$|personnel|équipe|equipe|"
    r"equipo|emplead|employé|dipendent|operator|funcionári|colega|medewerker|collega|pracowni|zespół|zespol|backoffice)"
)
CUSTOMER = re.compile(
    r"^(?:customer|client|kunde|clienti|klant|klient|users?$|requester|visitor|everyone|enduser|endkund)"
)
# With a word for the customer they say that it reached him: "shared_with_customer", "Kunde sieht das".
REACHES = re.compile(
    r"^(?:shared?$|sent$|sends?$|sees?$|delivered|show|sieht|sehen|gesendet|versendet|verschickt|gesandt|geteilt|mitgeteilt|"
    r"gezeigt|angezeigt|envoy|partag|voit|affich|montr|enviad|compart|mostrad|inviat|condivis|mostrat|vede$|verzonden|verstuurd|"
    r"gedeeld|getoond|ziet$|wysłan|udost[ęe]pn|widzi|permission|visibili)"
)
# Of a person who buys for himself: "private customer", "Privatkunde".
CONSUMER = re.compile(
    r"priv\w* (?:customer|client|kunde|klant|person|buyer|user)|privatkund|privatperson|priv\w*klant"
)
# Never came there, or was taken back.
GONE = re.compile(
    r"^(?:is)?(?:deleted|unsent|undelivered|bounced|failed|discarded|retracted|recalled|gelöscht|supprimé|eliminad|eliminat|"
    r"verwijderd|usunięt)"
)
# What a kind, a scope or a cell may say beside words for notes and the public.
PLAIN = frozenset(
    (
        "publicly comment comments reply replies message messages msg chat email emails mail e text incoming "
        "outgoing inbound outbound everyone everybody all anyone open close reopen snooze answer answers "
        "question response web sms voice call phone whatsapp facebook instagram twitter image file "
        "attachment sent received description conversation part first input output html plain rich article "
        "to only and with from by for of the a antwort antworten nachricht nachrichten kommentar kommentare "
        "alle allen anfrage frage an für von der die das réponse réponses commentaire commentaires tous tout "
        "courriel de du le la les pour par respuesta respuestas mensaje mensajes comentario comentarios "
        "todos correo el los para por risposta risposte messaggio messaggi commento commenti tutti il lo per "
        "resposta respostas mensagem mensagens comentário comentários o os antwoord antwoorden bericht "
        "berichten reactie reacties iedereen het een voor van odpowiedź odpowiedzi wiadomość wiadomości "
        "komentarz komentarze wszyscy dla added add replied posted created wrote left made use info "
        "information entry post status hinzugefügt geantwortet ajouté répondu añadida aggiunta adicionada "
        "toegevoegd dodano"
    ).split()
)
# Nouns for a message, with which a kind is a message's: "Kommentartyp", "type de message", "message_type".
_MESSAGE = (
    r"part|message|msg|comment|kommentar|entry|item|note|event|post|reply|replies|activity|record|row|interaction|action|thread|"
    r"nachricht|beitrag|beitrags|eintrag|eintrags|antwort|notiz|commentaire|mensaje|comentario|messaggio|commento|mensagem|"
    r"comentário|bericht|reactie|wiadomo|komentarz|réponse|respuesta|risposta|resposta"
)
MESSAGE = re.compile(rf"^(?:{_MESSAGE})")
_KIND = r"type|kind|subtype|art|typ|tipo|soort|rodzaj|category"
KIND = re.compile(rf"^(?:{_KIND.removesuffix('|category')})$")
MESSAGE_KIND = re.compile(rf"^(?:{_MESSAGE})(?:s|n|en)?(?:type|kind|typ|art|soort)$")
# Columns whose value names who may see a message.
SCOPE = re.compile(r"^(?:visibili|audience|privacy|scope|exposure|sichtbarkeit|zichtbaarheid|widoczno)")
YES = frozenset(
    (
        "true t yes y 1 1.0 on x ja j oui o si sí sì sim s tak wahr vrai verdadero vero verdadeiro waar "
        "prawda ✓ ✔ ✅"
    ).split()
)
NO = frozenset("false f no n 0 0.0 off nein non não nao nee nie falsch faux falso onwaar fałsz ✗ ✘ ❌".split())
BLANK = frozenset(("", "none", "null", "nan", "n/a", "-"))
_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def words_of(text: str) -> list[str]:
    """The words of a name or of a value, however they are joined, lower case."""
    return [word.lower() for word in _WORD.findall(_CAMEL.sub(" ", text))]
