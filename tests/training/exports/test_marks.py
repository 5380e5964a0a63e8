"""Marks of eight languages, in names, in values and deep inside; what is no mark stays learnt."""

from typing import Any

import pytest

from tests.training.exports.test_visibility import mark
from training.exports.conversation import ExportedConversation, Unreadable
from training.exports.formats import FORMATS
from training.exports.formats.plain_csv import PlainCSV

ANSWER = "Yes, until the end of May."


def read(row: dict[str, Any]) -> ExportedConversation:
    return next(one for one in FORMATS if one.matches(row)).read(row)


@pytest.mark.parametrize(
    ("name", "yes", "no"),
    [
        ("Internal comment", "yes", "no"),
        ("Interner Vermerk", "ja", "nein"),
        ("vertraulich", "wahr", "falsch"),
        ("Commentaires internes", "oui", "non"),
        ("Brouillon", "vrai", "faux"),
        ("Notas internas", "sí", "no"),
        ("oculto al cliente", "sí", "no"),
        ("Riservato", "vero", "falso"),
        ("Comentário privado", "sim", "não"),
        ("Rascunho", "sim", "nao"),
        ("Vertrouwelijk", "ja", "nee"),
        ("Interne opmerking", "waar", "onwaar"),
        ("Notatka wewnętrzna", "tak", "nie"),
        ("poufne", "prawda", "fałsz"),
        ("staff only", "x", ""),
        ("nur für Kollegen", "ja", "nein"),
        ("Réservé: équipe seulement", "oui", "non"),
        ("solo para empleados", "sí", "no"),
        ("alleen voor medewerkers", "ja", "nee"),
        ("tylko dla pracowników", "tak", "nie"),
        ("deleted", True, False),
        # The public, turned round.
        ("Nicht sichtbar für Kunden", "ja", "nein"),
        ("pas visible", "oui", "non"),
        ("no_publica", "sí", "no"),
        ("non pubblico", "sì", "no"),
        ("não público", "sim", "não"),
        ("niet zichtbaar", "ja", "nee"),
        ("nie publiczny", "tak", "nie"),
        ("unpublished", "yes", "no"),
        ("not for customers", "yes", "no"),
    ],
)
def test_a_name_for_notes_is_understood_in_eight_languages(name: str, yes: Any, no: Any) -> None:
    assert mark(name, yes) == "private note"
    assert mark(name, no) is None


@pytest.mark.parametrize(
    ("name", "yes", "no"),
    [
        ("shared with client", "yes", "no"),
        ("Kunde sieht es", "ja", "nein"),
        ("Für Kunden freigegeben", "ja", "nein"),
        ("Envoyé au client", "oui", "non"),
        ("Enviado al cliente", "sí", "no"),
        ("visibile al cliente", "si", "no"),
        ("enviado ao cliente", "sim", "não"),
        ("gedeeld met klant", "ja", "nee"),
        ("widoczne dla klienta", "tak", "nie"),
        ("not internal", "true", "false"),
    ],
)
def test_a_name_for_the_public_is_understood_in_eight_languages(name: str, yes: Any, no: Any) -> None:
    assert mark(name, no) == "private note"
    assert mark(name, yes) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("channel", "Internal comments"),
        ("action", "Left a private note"),
        ("labels", "vip; internal"),
        ("status", "Entwurf"),
        ("status", "failed"),
        ("state", "deleted"),
        ("channel", "analysis"),
        ("name", "private_note"),
        ("Nachrichtenart", "Interne Nachricht"),
        ("Type de commentaire", "Privé"),
        ("Tipo de mensaje", "Nota interna"),
        ("Soort bericht", "Interne notitie"),
        ("Rodzaj wiadomości", "Wewnętrzna"),
        ("tags", [{"name": "internal"}]),
        ("visible_to", ["agents"]),
        ("audience", ["staff"]),
        ("visibleTo", {"roles": ["admin"]}),
        ("permissions", {"customer": False}),
        ("visibility", {"customer": False}),
        ("visibility", False),
        ("properties", [{"key": "x", "value": {"internal": True}}]),
        ("custom_fields", [{"key": "is_private", "value": True}]),
    ],
)
def test_a_mark_in_a_cell_a_list_or_an_object_is_a_note(name: str, value: Any) -> None:
    assert mark(name, value) == "private note"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("country", "International"),
        ("name", "Priva Notaro"),
        ("intent", "private_label_order"),
        ("tags", ["delivery-note", "vip"]),
        ("status", "solved"),
        ("channel", "web"),
        ("customer_no", "3"),
        ("sent_at", "2024-05-01"),
        ("visible_to", ["agents", "customers"]),
        ("team", "Returns"),
        ("attachments", [{"name": "note.pdf", "internal": True}]),
        ("permissions", {"customer": True}),
        ("visibility", {"customer": True, "id": 4}),
        ("staff", "Pia"),
        ("confidence", "0.93"),
        ("confidence", 1),
        ("publisher", "Open Air"),
        ("secretary", "Jo"),
        ("customer_type", "private"),
        ("private_customer", "yes"),
        ("Kundentyp", "privat"),
        ("account_type", "Private customer"),
        ("Privatkunde", "ja"),
        ("payment_status", "failed"),
        ("payment_failed", True),
        ("waiting_for_customer", "no"),
        ("sent_by_customer", False),
    ],
)
def test_what_is_no_mark_costs_no_answer(name: str, value: Any) -> None:
    assert mark(name, value) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("queue", "Private banking desk"), ("tags", ["internal-beta"]), ("staff", "x"), ("visible_to_agents", "yes"),
     ("audience", ""), ("audience", True), ("visibility", None), ("visibility", ""),
     ("visibility", {"who": "tier-2"}),
     ("is_reply", False)],
)  # fmt: skip
def test_what_may_be_a_mark_is_an_error(name: str, value: Any) -> None:
    with pytest.raises(Unreadable, match="does not say whether the customer saw it"):
        mark(name, value)


@pytest.mark.parametrize("text", ["Interne Info: he lies", "[INTERN] call back", "Note interne : rappeler"])
def test_a_text_may_say_so_in_other_languages(text: str) -> None:
    rows = [{"chat": "1", "role": role, "text": said} for role, said in (("user", "Open?"), ("agent", text))]
    assert [one.left_out for one in PlainCSV().read({"rows": rows}).messages] == [None, "private note"]


@pytest.mark.parametrize(
    "marked", [{"private": True}, {"Öffentlich": "nein"}, {"status": "draft"}, {"tags": "a,intern"}]
)
def test_a_pair_or_a_row_that_is_marked_is_rejected(marked: dict[str, Any]) -> None:
    talk = [{"role": "user", "content": "Is it open?"}, {"role": "assistant", "content": ANSWER}]
    rows: list[dict[str, Any]] = [
        {"question": "Is it open?", "answer": ANSWER},
        {"prompt": "Is it open?", "completion": ANSWER},
        {"messages": talk},
        {"conversations": talk},
    ]
    for row in rows:
        assert read(row).messages[-1].text == ANSWER
        with pytest.raises(Unreadable, match="the row is marked as private"):
            read(row | marked)


def test_a_mark_that_only_the_customer_carries_means_something_else() -> None:
    def row(role: str, hidden: str) -> dict[str, str]:
        return {"chat": "1", "role": role, "text": ANSWER, "hidden": hidden}

    with pytest.raises(Unreadable, match="only the customer's own messages are marked"):
        PlainCSV().read({"rows": [row("user", "yes"), row("user", "no"), row("agent", "no")]})
