"""Tiny random bases with real tokenizers: what tests train and serve in a second, without any download.

Each style has the habits of a family of chat models: which control tokens there are, whether they are flagged as
special, what ends a turn, and what the template refuses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

Style = Literal["chatml", "chatml-unflagged", "llama-3", "gemma", "mistral"]
VOCABULARY = 512
CORPUS = (
    "system user assistant\n",
    "You are the support assistant of an outdoor gear shop. Answer in a few friendly sentences.",
    "Where is my parcel? Your parcel is on its way and arrives within five days.",
    "Can I send the boots back? Yes, returns are free within 60 days of delivery.",
)

CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# Any role in any order; a header of three tokens before each message.
LLAMA_3 = (
    "{{ bos_token }}{% for m in messages %}"
    "{{ '<|start_header_id|>' ~ m.role ~ '<|end_header_id|>\n\n' ~ m.content | trim ~ '<|eot_id|>' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
# No system role; the two sides must alternate, the customer first.
GEMMA = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('no system role here') }}{% endif %}"
    "{% for m in messages %}"
    "{% if (m.role == 'user') != (loop.index0 is even) %}{{ raise_exception('roles must alternate') }}{% endif %}"
    "{{ '<start_of_turn>' ~ ('model' if m.role == 'assistant' else m.role) ~ '\n' }}"
    "{{ m.content ~ '<end_of_turn>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
# One system message in front, said with the last customer's message; no generation prompt.
MISTRAL = (
    "{% set system = messages[0].content if messages[0].role == 'system' else '' %}"
    "{% set rest = messages[1:] if system else messages %}"
    "{{ bos_token }}{% for m in rest %}"
    "{% if (m.role == 'user') != (loop.index0 is even) %}{{ raise_exception('roles must alternate') }}{% endif %}"
    "{% if m.role == 'user' %}"
    "{{ '[INST]' ~ (system ~ '\n\n' if loop.last or loop.revindex == 2 and rest[-1].role != 'user' else '') }}"
    "{{ m.content ~ '[/INST]' }}"
    "{% elif m.role == 'assistant' %}{{ m.content ~ eos_token }}"
    "{% else %}{{ raise_exception('only two roles here') }}{% endif %}"
    "{% endfor %}"
)


@dataclass(frozen=True, slots=True)
class Habits:
    """A style: control tokens, flagged as special or not; bos and eos; the ends that generation_config names."""

    template: str
    flagged: tuple[str, ...]
    unflagged: tuple[str, ...]
    start: str
    end: str
    named_ends: tuple[str, ...]


STYLES: dict[Style, Habits] = {
    "chatml": Habits(
        CHATML,
        ("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
        (),
        "<|im_start|>",
        "<|im_end|>",
        ("<|im_end|>",),
    ),
    # A base whose end of text ends no turn, and whose control tokens nobody flagged.
    "chatml-unflagged": Habits(
        CHATML,
        ("<|endoftext|>",),
        ("<|im_start|>", "<|im_end|>"),
        "<|endoftext|>",
        "<|endoftext|>",
        ("<|endoftext|>",),
    ),
    "llama-3": Habits(
        LLAMA_3,
        ("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
        ("<|python_tag|>",),
        "<|begin_of_text|>",
        "<|end_of_text|>",
        ("<|end_of_text|>", "<|python_tag|>"),
    ),
    "gemma": Habits(
        GEMMA,
        ("<pad>", "<eos>", "<bos>"),
        ("<start_of_turn>", "<end_of_turn>"),
        "<bos>",
        "<eos>",
        ("<eos>",),
    ),
    "mistral": Habits(
        MISTRAL,
        ("<unk>", "<s>", "</s>"),
        ("[INST]", "[/INST]"),
        "<s>",
        "</s>",
        ("</s>",),
    ),
}


def write_tiny_base(
    folder: Path, tokenizer_from: Path | None = None, *, seed: int = 0, style: Style = "chatml", template: str = ""
) -> None:
    """Write a 2-layer random Llama in bf16 (hidden 32, 512 ids), for TRILANE_BASE_MODEL=<folder>.

    Its byte-level BPE tokenizer learns its merges from the text file `tokenizer_from`, or from a few sentences of
    this module; it encodes any text. `template` takes the place of the style's own.
    """
    habits = STYLES[style]
    fast = PreTrainedTokenizerFast(
        tokenizer_object=_pieces(habits) if style in ("gemma", "mistral") else _byte_level(habits, tokenizer_from),
        bos_token=habits.start,
        eos_token=habits.end,
        pad_token=habits.end,
        unk_token=habits.flagged[0],
        chat_template=template or habits.template,
    )
    ends = [fast.convert_tokens_to_ids(token) for token in habits.named_ends]
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        # Ten times the usual: attention that looks somewhere, so that a soft prompt has something to steer.
        initializer_range=0.2,
        tie_word_embeddings=True,
        bos_token_id=fast.bos_token_id,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
    )
    torch.manual_seed(seed)
    model = LlamaForCausalLM(config)
    model.bfloat16()
    model.generation_config = GenerationConfig(
        bos_token_id=fast.bos_token_id,
        eos_token_id=ends if len(ends) > 1 else ends[0],
        pad_token_id=fast.pad_token_id,
    )
    model.save_pretrained(folder)
    fast.save_pretrained(folder)


def _byte_level(habits: Habits, texts_from: Path | None) -> Tokenizer:
    """Byte-level BPE, as GPT-2, Llama 3 and SmolLM have it."""
    texts: Sequence[str] = CORPUS if texts_from is None else texts_from.read_text(encoding="utf-8").splitlines()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=VOCABULARY - len(habits.unflagged),
            special_tokens=[AddedToken(token, special=True) for token in habits.flagged],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token in habits.unflagged])
    return tokenizer


def _pieces(habits: Habits) -> Tokenizer:
    """Unigram with a byte for what has no piece, as SentencePiece writes it: control tokens are pieces too."""
    controls = [*habits.flagged, *habits.unflagged]
    letters = [chr(code) for code in range(33, 127)]
    pieces = [(token, 0.0) for token in controls]
    pieces += [(f"<0x{byte:02X}>", -20.0) for byte in range(256)]
    pieces += [(token, -5.0) for token in ("▁", "\n", *letters, "▁the", "▁you", "ing")]
    tokenizer = Tokenizer(models.Unigram(pieces, 0, byte_fallback=True))
    rules: list[Any] = [normalizers.NFKC(), normalizers.Replace(" ", "▁")]
    tokenizer.normalizer = normalizers.Sequence(rules)
    steps: list[Any] = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence(steps)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in habits.flagged])
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=True) for token in habits.unflagged])
    return tokenizer
