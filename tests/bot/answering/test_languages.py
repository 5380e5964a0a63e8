"""Tests of messages in a language that is not read here."""

import pytest

from bot.answer import Delta, Finished
from bot.answering.foreign import replied
from bot.answering.languages import Languages
from bot.dialogue import user_says
from bot.models.embedder import Embedder
from bot.prompting.template import read_prompt
from bot.retrieval.retriever import Knowledge
from bot.settings import Settings
from bot.shop.profile import read_shop


@pytest.fixture(scope="module")
def languages(settings: Settings, embedder: Embedder) -> Languages:
    prompt = read_prompt(settings.data / "prompts" / "support.toml", read_shop(settings.shop_dir))
    return Languages(prompt.language, prompt.languages, ("en", "es", "fr"), embedder)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("wie lange dauert der versand nach wien", "Ich bin"),
        ("¿Puedo devolver las botas?", "Soy un"),
        ("Bonjour !", "Je suis"),
        ("grazie mille", "Sono un"),
        ("привет", "Я авто"),
        ("いつ届きますか", "私は"),
        ("gdzie jest moje zamówienie", "Jestem"),
        ("hola maria", "Soy un"),
        # Words that English has too, in other meanings.
        ("no me funciona el codigo de descuento, que hago", "Soy un"),
        ("ich will meine jacke zurückgeben", "Ich bin"),
        ("mi paquete no llego", "Soy un"),
        ("ฉันต้องการคืนสินค้า", "I'm sorry, I can only help in English."),
    ],
)
def test_a_language_that_is_not_read_is_told_so_in_it(languages: Languages, message: str, said: str) -> None:
    text = languages.text_for(message, begun=False)
    assert text is not None and text.startswith(said)


@pytest.mark.parametrize(
    "message",
    [
        "where is my parcel",
        "promo code",
        "asap refund pls",
        "merino base layer vs down jacket",
        "bonjour, do you ship to Quebec",
        "tent pegs bent lol",
        "r u open sunday",
        "El Paso store hours",
        "no",
        "ok",
        "thx m8",
        "do me a favor",
        "i no can log in",
        "klarna",
        "Gore-Tex Pro bibs",
        "JT1234567",
        "😂😂",
        "",
        "1",
    ],
)
def test_english_is_read_however_it_is_typed(languages: Languages, message: str) -> None:
    assert languages.text_for(message, begun=False) is None


def test_a_foreign_word_of_thanks_within_a_conversation_is_no_other_language(languages: Languages) -> None:
    assert languages.text_for("gracias", begun=False) is not None
    assert languages.text_for("gracias", begun=True) is None


def test_a_language_that_the_shop_lists_and_the_model_reads_is_let_through(
    settings: Settings, embedder: Embedder
) -> None:
    prompt = read_prompt(settings.data / "prompts" / "support.toml", read_shop(settings.shop_dir))
    reads_all = prompt.language.model_copy(update={"min_probe_cosine": -1.0})
    languages = Languages(reads_all, prompt.languages, ("en", "es"), embedder)
    assert languages.text_for("¿Puedo devolver las botas?", begun=False) is None
    assert languages.text_for("Kann ich die Stiefel umtauschen?", begun=False) is not None


async def test_a_language_that_the_model_states_is_quoted_in_or_handed_over_and_says_so(
    settings: Settings, embedder: Embedder, knowledge: Knowledge
) -> None:
    prompt = read_prompt(settings.data / "prompts" / "support.toml", read_shop(settings.shop_dir))
    stated = Embedder(embedder.model, embedder.weights, frozenset({"de"}))
    languages = Languages(prompt.language, prompt.languages, ("en",), stated)
    asked = "Kann ich die Stiefel umtauschen, und was kostet das?"
    assert languages.text_for(asked, begun=False) is None
    assert languages.text_for("¿Puedo devolver las botas?", begun=False) is not None
    assert languages.foreign("Can I exchange the boots?", begun=False) is None
    foreign = languages.foreign(asked, begun=False)
    assert foreign is not None
    assert foreign.before("Exchanges are free.").startswith("Unsere Hilfe-Artikel sind nicht auf Deutsch")
    assert foreign.before("Der Umtausch ist innerhalb von dreißig Tagen kostenlos.") == ""

    near = prompt.model_copy(update={"constraints": prompt.constraints.model_copy(update={"min_cosine": -1.0})})
    said, end = await replied(foreign, user_says(asked), knowledge, near)
    assert isinstance(said, Delta) and isinstance(end, Finished)
    quoted = said.text.removeprefix(foreign.before(said.text))
    assert end.decision == "answer" and any(quoted.startswith(s) for p in knowledge.passages for s in p.sentences)
    assert end.sources[0].article in {passage.article for passage in knowledge.passages}
    far = prompt.model_copy(update={"constraints": prompt.constraints.model_copy(update={"min_cosine": 1.0})})
    said, end = await replied(foreign, user_says(asked), knowledge, far)
    assert isinstance(said, Delta) and said.text == foreign.text
    assert isinstance(end, Finished) and (end.decision, end.finish_reason) == ("handoff", "handoff")
