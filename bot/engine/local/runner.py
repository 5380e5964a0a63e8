"""Forward passes over the shared base: each method is one step. Works purely on token ids; no threads, no text."""

import torch
from transformers import DynamicCache

from bot.engine.local.adapters import Adapters
from bot.engine.local.cache import PrefixCache, State, fork
from bot.engine.local.stack import can_stack, stacked, taken_apart
from bot.engine.local.verdict import verdicts
from bot.models.base import LoadedBase

Ids = tuple[int, ...]


class Runner:
    """Reads, goes on and scores with one base, its adapters and what was read before.

    `prefixes` are beginnings of conversations; `passages` are prompts that come again whole, read up to their
    last id.
    """

    def __init__(self, base: LoadedBase, prefixes: PrefixCache, passages: PrefixCache | None = None) -> None:
        self.base, self.prefixes = base, prefixes
        self.passages = passages or PrefixCache(0)
        self.adapters = Adapters(base.model)
        self.max_context = int(base.model.config.max_position_embeddings)
        self.can_stack = can_stack(base.model.config)

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
        rows = _padded(texts)
        longest = len(rows[0])
        ids = torch.tensor(rows, device=self.base.device)
        logits = state.logits.expand(len(texts), 1, -1)
        if longest > 1:
            later = self._forward([row[:-1] for row in rows], adapter, state.cache, keep=0)
            logits = torch.cat([logits, later], dim=1)
        logs = torch.log_softmax(logits.float(), dim=-1).gather(2, ids.unsqueeze(2)).squeeze(2)
        return tuple(float(logs[row, : len(text)].mean()) for row, text in enumerate(texts))

    @torch.inference_mode()
    def judge(self, ids: Ids, places: Ids, words: tuple[int, int], adapter: str | None) -> tuple[float, ...]:
        """How much more probable the first of two ids is than the second after each of `places`, in nats.

        One pass over the whole, and nothing of it is kept: no two requests begin alike.
        """
        self.adapters.activate(adapter)
        embedded = self.adapters.embed(torch.tensor([ids], device=self.base.device))
        model = self.base.model
        hidden = model.base_model(inputs_embeds=embedded, use_cache=False).last_hidden_state[0, list(places)]
        return tuple(verdicts(hidden, model.get_output_embeddings(), *words).tolist())

    def known(self, prompt: Ids, adapter: str | None) -> State | None:
        """What `read_together` gave for this very prompt, where it is still kept."""
        length, state = self.passages.longest(adapter, prompt) or (0, None)
        return state if length == len(prompt) else None

    @torch.inference_mode()
    def read_together(self, prompts: list[Ids], shared: int, adapter: str | None) -> list[State]:
        """The model after all but the last id of each prompt, in one pass; what was read is kept.

        The first `shared` ids, the same of all, are read once, before, and held once. Prompts are padded at the
        right, where causal attention makes padding harmless.
        """
        begin, cache = self._begun(prompts, shared, adapter)
        self._forward(_padded([ids[shared:-1] for ids in prompts]), adapter, cache, keep=1)
        nothing = torch.empty(0)
        own = taken_apart(cache, [len(ids) - 1 for ids in prompts], shared)
        states = [State(tail, nothing, begin) for tail in own]
        for ids, state in zip(prompts, states, strict=True):
            self.passages.keep(adapter, ids, state)
        return states

    @torch.inference_mode()
    def score_once(self, prompts: list[Ids], shared: int, text: Ids, adapter: str | None) -> tuple[float, ...]:
        """What `score_together` gives, of prompts that nobody asks for again: one pass, which keeps nothing."""
        _, cache = self._begun(prompts, shared, adapter)
        rows = _padded([(*ids[shared:], *text[:-1]) for ids in prompts])
        starts = [len(ids) - 1 - shared for ids in prompts]
        logits = self._forward(rows, adapter, cache, keep=len(rows[0]) - min(starts))
        return self._means(
            torch.stack(
                [
                    own[start - min(starts) : start - min(starts) + len(text)]
                    for own, start in zip(logits, starts, strict=True)
                ]
            ),
            text,
        )

    @torch.inference_mode()
    def score_together(
        self, prompts: list[Ids], states: list[State], text: Ids, adapter: str | None
    ) -> tuple[float, ...]:
        """Mean log-probability per token of one text after each prompt, in nats, in one pass.

        `states` are those of `read_together`, which stay as they are.
        """
        cache, mask = stacked([state.parts for state in states], len(text), self.base.model.config)
        lengths = torch.tensor([len(ids) - 1 for ids in prompts], device=self.base.device)
        logits = self._forward(
            [(ids[-1], *text[:-1]) for ids in prompts],
            adapter,
            cache,
            keep=0,
            attention_mask=mask,
            position_ids=lengths[:, None] + torch.arange(len(text), device=self.base.device),
        )
        return self._means(logits, text)

    def _begun(
        self, prompts: list[Ids], shared: int, adapter: str | None
    ) -> tuple[DynamicCache | None, DynamicCache]:
        """What all prompts begin with, and a batch that has read it."""
        if not shared:
            return None, DynamicCache(config=self.base.model.config)
        begin = self.read(prompts[0][:shared], adapter).cache
        cache = fork(begin)
        cache.batch_repeat_interleave(len(prompts))
        return begin, cache

    def _means(self, logits: torch.Tensor, text: Ids) -> tuple[float, ...]:
        """Mean log-probability of a text per row; `logits` (rows, tokens, vocabulary)."""
        targets = torch.tensor(text, device=self.base.device).expand(len(logits), -1)
        logs = torch.log_softmax(logits.float(), dim=-1).gather(2, targets.unsqueeze(2)).squeeze(2)
        return tuple(logs.mean(dim=1).tolist())

    def _forward(
        self, rows: list[Ids], adapter: str | None, cache: DynamicCache, *, keep: int, **placed: torch.Tensor
    ) -> torch.Tensor:
        """Logits of the last `keep` positions, or of all for 0: (rows, positions, vocabulary).

        `placed` says which keys each row sees and where it stands, where that is not the same for all rows.
        """
        self.adapters.activate(adapter)
        embedded = self.adapters.embed(torch.tensor(rows, device=self.base.device))
        longest = len(rows[0])
        # Named one by one the positions are copied. As a number they would be a slice with gaps between its rows,
        # for which torch 2.13 copies frozen weights once a row in bfloat16: findings/frozen-output-layer.sh.
        kept = torch.arange(longest - keep if keep else 0, longest, device=self.base.device)
        logits: torch.Tensor = self.base.model(
            inputs_embeds=embedded, past_key_values=cache, logits_to_keep=kept, **placed
        ).logits
        return logits


def _padded(rows: list[Ids]) -> list[Ids]:
    """Rows of one length; the padding may be any id."""
    longest = max(map(len, rows))
    return [(*row, *[0] * (longest - len(row))) for row in rows]
