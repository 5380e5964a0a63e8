"""A tiny random base with a real tokenizer: what tests train in a second, without any download."""

from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

START, END, UNKNOWN = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
VOCABULARY = 512
CORPUS = (
    "system user assistant\n",
    "You are the support assistant of an outdoor gear shop. Answer in a few friendly sentences.",
    "Where is my parcel? Your parcel is on its way and arrives within five days.",
    "Can I send the boots back? Yes, returns are free within 60 days of delivery.",
)


def write_tiny_base(folder: Path, tokenizer_from: Path | None = None, *, seed: int = 0) -> None:
    """Write a 2-layer random Llama in bf16 (hidden 32, 512 ids), for TRILANE_BASE_MODEL=<folder>.

    Its byte-level BPE tokenizer with ChatML tokens and template learns its merges from the text file
    `tokenizer_from`, or from a few sentences of this module; it encodes any text.
    """
    texts = CORPUS if tokenizer_from is None else tokenizer_from.read_text(encoding="utf-8").splitlines()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=VOCABULARY,
            special_tokens=[AddedToken(token, special=True) for token in (UNKNOWN, START, END)],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=START,
        eos_token=END,
        pad_token=END,
        unk_token=UNKNOWN,
        chat_template=CHAT_TEMPLATE,
    )
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
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
