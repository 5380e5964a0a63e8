"""Forward passes over the shared base: no threads, no queues."""

from collections.abc import Iterator

import torch
from transformers import DynamicCache

from bot.engine.local.adapters import Adapters
from bot.engine.local.sampling import choose
from bot.engine.protocol import Generation, Scoring
from bot.models.base import LoadedBase


class Decoder:
    """Generates and scores with one base and its adapters."""

    def __init__(self, base: LoadedBase, end_ids: frozenset[int]) -> None:
        self.base = base
        self.adapters = Adapters(base.model)
        self.max_context = int(base.model.config.max_position_embeddings)
        self._end_ids = end_ids

    @torch.inference_mode()
    def generate(self, request: Generation) -> Iterator[int]:
        """Yield ids of the reply; ends before the end token, or at the limit of new tokens or context.

        One request at a time: the adapter stays active until the iterator is left.
        """
        self.adapters.activate(request.adapter)
        generator = torch.Generator(self.base.device).manual_seed(request.sampling.seed)
        cache = DynamicCache(config=self.base.model.config)
        step = self._ids([request.prompt])
        seen: list[int] = []
        limit = min(request.max_new_tokens, self.max_context - len(request.prompt))
        while len(seen) < limit:
            logits = self.base.model(
                inputs_embeds=self.adapters.embed(step), past_key_values=cache, logits_to_keep=1
            ).logits[0, -1]
            token = choose(logits, request.sampling, seen, generator)
            if token in self._end_ids:
                return
            seen.append(token)
            yield token
            step = self._ids([(token,)])

    @torch.inference_mode()
    def score(self, request: Scoring) -> list[float]:
        """Mean log-probability per token of each continuation, in nats; one pass over the prompt.

        Continuations are padded at the right, where causal attention makes padding harmless.
        """
        self.adapters.activate(request.adapter)
        count = len(request.continuations)
        if not count:
            return []
        cache = DynamicCache(config=self.base.model.config)
        first = self.base.model(
            inputs_embeds=self.adapters.embed(self._ids([request.prompt])),
            past_key_values=cache,
            logits_to_keep=1,
        ).logits[:, -1:]
        cache.batch_repeat_interleave(count)
        longest = max(len(continuation) for continuation in request.continuations)
        rows = [(*c, *[0] * (longest - len(c))) for c in request.continuations]
        ids = self._ids(rows)
        logits = first.expand(count, -1, -1)
        if longest > 1:
            later = self.base.model(inputs_embeds=self.adapters.embed(ids[:, :-1]), past_key_values=cache).logits
            logits = torch.cat([logits, later], dim=1)
        logs = torch.log_softmax(logits.float(), dim=-1).gather(2, ids.unsqueeze(2)).squeeze(2)
        return [
            float(logs[row, : len(continuation)].mean()) for row, continuation in enumerate(request.continuations)
        ]

    def _ids(self, rows: list[tuple[int, ...]]) -> torch.Tensor:
        return torch.tensor(rows, device=self.base.device)
