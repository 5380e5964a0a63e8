"""Forward passes over the shared base: each method is one step. Works purely on token ids; no threads, no text."""

import torch
from transformers import DynamicCache

from bot.engine.local.adapters import Adapters
from bot.engine.local.cache import PrefixCache, State
from bot.models.base import LoadedBase


class Runner:
    """Reads, goes on and scores with one base, its adapters and what was read before."""

    def __init__(self, base: LoadedBase, prefixes: PrefixCache) -> None:
        self.base, self.prefixes = base, prefixes
        self.adapters = Adapters(base.model)
        self.max_context = int(base.model.config.max_position_embeddings)

    @torch.inference_mode()
    def read(self, ids: tuple[int, ...], adapter: str | None) -> State:
        """The model after a whole prompt; only what no earlier prompt began with is computed."""
        length, state = self.prefixes.longest(adapter, ids) or (0, None)
        if state is not None and length == len(ids):
            return state
        cache = DynamicCache(config=self.base.model.config) if state is None else state.cache
        read = State(cache, self._forward([ids[length:]], adapter, cache, keep=1)[0, -1])
        self.prefixes.keep(adapter, ids, read)
        return read

    @torch.inference_mode()
    def advance(self, state: State, token: int, adapter: str | None) -> State:
        """The model after one more token; `state` is used up."""
        return State(state.cache, self._forward([(token,)], adapter, state.cache, keep=1)[0, -1])

    @torch.inference_mode()
    def score(self, state: State, texts: list[tuple[int, ...]], adapter: str | None) -> tuple[float, ...]:
        """Mean log-probability per token of each text after `state`, in nats; `state` is used up.

        Texts are padded at the right, where causal attention makes padding harmless.
        """
        state.cache.batch_repeat_interleave(len(texts))
        longest = max(len(text) for text in texts)
        rows = [(*text, *[0] * (longest - len(text))) for text in texts]
        ids = torch.tensor(rows, device=self.base.device)
        logits = state.logits.expand(len(texts), 1, -1)
        if longest > 1:
            later = self._forward([row[:-1] for row in rows], adapter, state.cache, keep=0)
            logits = torch.cat([logits, later], dim=1)
        logs = torch.log_softmax(logits.float(), dim=-1).gather(2, ids.unsqueeze(2)).squeeze(2)
        return tuple(float(logs[row, : len(text)].mean()) for row, text in enumerate(texts))

    def _forward(
        self, rows: list[tuple[int, ...]], adapter: str | None, cache: DynamicCache, *, keep: int
    ) -> torch.Tensor:
        """Logits of the last `keep` positions, or of all for 0: (rows, positions, vocabulary)."""
        self.adapters.activate(adapter)
        embedded = self.adapters.embed(torch.tensor(rows, device=self.base.device))
        logits: torch.Tensor = self.base.model(
            inputs_embeds=embedded, past_key_values=cache, logits_to_keep=keep
        ).logits
        return logits
