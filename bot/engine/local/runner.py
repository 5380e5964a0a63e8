"""One forward pass over rows of all kinds: some are read, some go on, some are scored. No threads, no text."""

import math
from collections.abc import Sequence

import torch

from bot.engine.local.adapters import Adapters
from bot.engine.local.attention import Span, Step
from bot.engine.local.cache import Cache
from bot.engine.local.llama import Llama, is_lean
from bot.engine.local.pages import PAGE, Pages, pages_for
from bot.engine.local.rows import Found, Likelihood, Next, Row, Verdicts
from bot.engine.local.sampling import choose
from bot.engine.local.stock import Stock
from bot.engine.local.verdict import verdicts
from bot.errors import BaseUnusable, EngineFailed
from bot.models.base import LoadedBase


class Runner:
    """One base, its adapters and the pages of what it read. Raises BaseUnusable for one that cannot use pages.

    `cache_bytes` bound the keys and values of all rows and of all that is remembered; there is room for one row
    of the base's whole context, however little that is.
    """

    def __init__(self, base: LoadedBase, cache_bytes: int) -> None:
        config = base.model.config.get_text_config()
        if not base.model._supports_attention_backend:
            raise BaseUnusable(
                f"base model {base.folder.id}: transformers has no exchangeable attention for "
                f"{config.model_type}; take a base of another family"
            )
        self.base = base
        self.adapters = Adapters(base.model)
        self.max_context = int(config.max_position_embeddings)
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        count = max(cache_bytes // (base.bytes_per_token * PAGE), pages_for(self.max_context) + 1)
        self.pages = Pages(count, config.num_hidden_layers, heads, size, base.dtype, base.device)
        self.cache = Cache(self.pages)
        self.rows: set[Row] = set()
        self._forward = (Llama(base.model, self.adapters) if is_lean(base.model) else Stock(base.model)).run

    def begin(self, row: Row) -> bool:
        """Give a row its pages, with what of it is known; False where others have too many now.

        Raises EngineFailed for a row that would never fit, or whose adapter is not loaded.
        """
        if row.adapter is not None and row.adapter not in self.adapters.names:
            raise EngineFailed(f"adapter {row.adapter[:12]} is not loaded")
        soft = self.adapters.soft_ids(row.adapter)
        if tuple(row.ids[: len(soft)]) != soft:
            raise EngineFailed(f"adapter {row.adapter[:12] if row.adapter else ''} was loaded anew; ask again")
        most = max(row.most, len(row.ids))
        if pages_for(most) > self.pages.count:
            raise EngineFailed(f"{most} tokens do not fit the cache; give it more (TRILANE_CACHE_MIB)")
        # Of the last id the outputs are wanted, and of those that are scored theirs.
        match = self.cache.find(row.adapter, row.ids, min([len(row.ids) - 1, *row.wanted(len(row.ids))]))
        self.cache.pin(match.whole)
        kept = [match.partly] if match.partly else []
        self.cache.pin(kept)
        own = pages_for(most) - len(match.whole)
        room = self.cache.make_room(own)
        self.cache.unpin(kept)
        if not room:
            self.cache.unpin(match.whole)
            return False
        row.nodes = list(match.whole)
        row.pages = [*(node.page for node in row.nodes), *self.pages.take(own)]
        if match.partly:
            self.pages.copy(match.partly.page, row.pages[len(row.nodes)], match.tokens)
        row.read, row.begun, row.forgot = match.length, True, self.cache.forgot
        self.rows.add(row)
        return True

    def end(self, row: Row, *, failed: bool = False) -> None:
        """Take a row's pages back; what was read of it is remembered, if it is worth it."""
        if row not in self.rows:
            return
        self.rows.remove(row)
        own = list(row.own)
        row.begun = False
        if failed:
            self.pages.wipe(own)
        elif row.forgot == self.cache.forgot:
            known = min(row.read, row.keeps)
            held = max(0, pages_for(known) - len(row.nodes))
            self.cache.keep(row.adapter, row.ids[:known], row.nodes, own[:held])
            own = own[held:]
        self.pages.give_back(own)
        self.cache.unpin(row.nodes)
        row.pages, row.nodes = [], []

    def share(self, row: Row) -> None:
        """Let others read what is whole of a row's pages, while it goes on."""
        full = min(row.read, row.keeps) // PAGE
        if row.forgot != self.cache.forgot or full <= len(row.nodes):
            return
        pages = row.pages[len(row.nodes) : full]
        nodes = self.cache.keep(row.adapter, row.ids[: full * PAGE], row.nodes, pages)
        self.cache.pin(nodes)
        row.nodes += nodes
        row.pages[:full] = [node.page for node in row.nodes]

    @torch.inference_mode()
    def step(self, plan: Sequence[tuple[Row, int]]) -> list[tuple[Row, Found | EngineFailed]]:
        """Read so many more ids of each row; what is wanted of each that is read to its end."""
        now = Step([Span(row.read, count, row.pages) for row, count in plan], self.pages)
        # 1) what of the step's outputs is wanted, by its place in the step
        wanted, at = [], 0
        for row, count in plan:
            wanted.append([at + place - row.read for place in row.wanted(row.read + count)])
            at += count
        # 2) one pass over all ids
        ids = [token for row, count in plan for token in row.ids[row.read : row.read + count]]
        embedded = self.adapters.embed(torch.tensor(ids, device=self.base.device))
        with self.adapters.using([(row.adapter, count) for row, count in plan]):
            hidden, logits = self._forward(embedded, now, [place for places in wanted for place in places])
        # 3) what they say
        at = 0
        speaking: list[tuple[Row, torch.Tensor]] = []
        for (row, count), places in zip(plan, wanted, strict=True):
            own = slice(at, at + len(places))
            at += len(places)
            if isinstance(row.want, Next) and places:
                speaking.append((row, logits[own]))
            elif isinstance(row.want, Likelihood) and places:
                row.found += self._likely(row.want, len(row.found), logits[own])
            elif isinstance(row.want, Verdicts) and places:
                output = self.base.model.get_output_embeddings()
                row.found += verdicts(hidden[own], output, row.want.yes, row.want.no).tolist()
            row.read += count
        self._speak(speaking)
        for row, _ in plan:
            if not row.left and isinstance(row.want, Next) and not row.speaks:
                self.share(row)
        return [(row, _result(row)) for row, _ in plan if not row.left]

    def _likely(self, want: Likelihood, known: int, logits: torch.Tensor) -> list[float]:
        """Log-probabilities of the next ids that are scored, behind so many that are `known`."""
        ids = torch.tensor(want.ids[known : known + len(logits)], device=logits.device)
        logs: list[float] = torch.log_softmax(logits.float(), dim=-1).gather(1, ids[:, None])[:, 0].tolist()
        return logs

    def _speak(self, speaking: Sequence[tuple[Row, torch.Tensor]]) -> None:
        """Choose the next id of all rows that speak; of one whose logits are no numbers there is none."""
        if not speaking:
            return
        logits = torch.cat([own for _, own in speaking]).float()
        sound = torch.isfinite(logits.amax(-1)).tolist()
        wants = [row.want for row, _ in speaking if isinstance(row.want, Next)]
        for (row, _), token, finite in zip(speaking, choose(logits, wants), sound, strict=True):
            row.found = [token] if finite else [math.nan]


def _result(row: Row) -> Found | EngineFailed:
    """What was found of a row that is read to its end."""
    found, want = row.found, row.want
    if not all(map(math.isfinite, found)):
        return EngineFailed("the model computed no number: a damaged adapter, or a base in too small a format")
    match want:
        case Next():
            return int(found[0])
        case Likelihood():
            return sum(found) / len(found)
        case Verdicts(places=marks):
            by_place = dict(zip(sorted(set(marks)), found, strict=True))
            return tuple(by_place[place] for place in marks)
    return None
