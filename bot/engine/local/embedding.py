"""The embedder of the search: the stock model, with the release's retriever on it where there is one."""

from bot.engine.local.peft_files import read_lora
from bot.models.embedder import Embedder
from bot.releases.part import Artefact
from bot.releases.registry import Place, Registry


def search_embedder(registry: Registry, place: Place, stock: Embedder) -> Embedder:
    """What the help centre is embedded and searched by; all other bounds are fitted to `stock`, which stays.

    Raises ArtefactInvalid for a retriever that is damaged or made for another embedding model.
    """
    if place.absent:
        return stock
    return with_retriever(stock, registry.open(place, stock.weights))


def with_retriever(stock: Embedder, artefact: Artefact) -> Embedder:
    """A verified retriever on its model. Raises ArtefactInvalid."""
    lora = read_lora(artefact, stock.transformer)
    additions = {layer: lora.scale * (b @ a) for layer, (a, b) in lora.layers.items()}
    return stock.adapted(additions, f"retriever {artefact.sha256}")
