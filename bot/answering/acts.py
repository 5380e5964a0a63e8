"""Messages that need no search: greetings, thanks, a wish for a person, and what says nothing at all."""

import asyncio

import numpy as np

from bot.models.embedder import Embedder
from bot.prompting.template import FixedReply, PromptConfig
from bot.retrieval.sentences import content_words


class Acts:
    """The fixed replies of one prompt; their examples are embedded once."""

    def __init__(self, prompt: PromptConfig, embedder: Embedder) -> None:
        self._embedder = embedder
        self._max_empty_words = prompt.clarify.max_content_words
        self._clarify = FixedReply(name="clarify", examples=(), text=prompt.clarify.text, min_cosine=1.0)
        self._examples = [(reply, text) for reply in prompt.replies for text in reply.examples]
        self._vectors = embedder.encode_queries([text for _, text in self._examples])

    async def reply_to(self, text: str) -> FixedReply | None:
        """The reply whose examples a message is near to; a question back where it says nothing."""
        if self._examples and text:
            vector = (await asyncio.to_thread(self._embedder.encode_queries, [text]))[0]
            cosines = self._vectors @ vector
            best = int(np.argmax(cosines))
            reply = self._examples[best][0]
            if float(cosines[best]) >= reply.min_cosine and len(text.split()) <= reply.max_words:
                return reply
        return self._clarify if len(content_words(text)) <= self._max_empty_words else None
