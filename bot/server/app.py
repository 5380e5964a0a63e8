"""The application, put together: the chat socket, a health check, the shop and the built widget."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI

from bot.answering.protocol import Backend
from bot.engine.protocol import Engine
from bot.server.conversations.erasure import watch_for_erasure
from bot.server.conversations.hub import Hub
from bot.server.conversations.inbox import Inbox
from bot.server.conversations.replies import Replies
from bot.server.parts import Parts
from bot.server.routes import chat, health
from bot.server.routes import shop as shop_route
from bot.server.routes.pages import add_pages
from bot.server.subpath import SubPath
from bot.settings import Settings
from bot.shop.profile import read_shop
from bot.store.lock import ServingLock
from bot.store.sqlite.store import SqliteStore


def create_app(
    settings: Settings,
    backends: Mapping[str, Backend],
    engine: Engine | None = None,
    lock: ServingLock | None = None,
    ahead: Callable[[], Awaitable[None]] | None = None,
) -> FastAPI:
    """Everything but the listening port; `backends` are served under their keys, `engine` answers for its health.
    `ahead` is done beside, from the start until it ends.

    Raises ShopInvalid. The store is opened when the application starts, which raises StoreUnusable, unless its
    `lock` was taken before.
    """

    shop = read_shop(settings.shop_dir)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        store = await SqliteStore.open(settings.database_path, lock)
        hub = Hub(store, backends)
        replies = Replies(hub, store, backends, experiment=settings.experiment, max_run_s=settings.max_run_s)
        inbox = Inbox(store, replies, settings.max_message_chars)
        app.state.parts = Parts(settings, shop, sorted(backends), engine, hub, replies, inbox)
        beside = {asyncio.create_task(watch_for_erasure(store, hub, replies, engine))}
        if ahead:
            beside.add(asyncio.ensure_future(ahead()))
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await replies.close()
            await asyncio.wait(beside)
            await store.close()

    app = FastAPI(title="Trilane", lifespan=lifespan)
    app.include_router(chat.router)
    app.include_router(health.router)
    app.include_router(shop_route.router)
    add_pages(app, settings.widget, shop.look.page)
    if settings.root_path:
        app.add_middleware(SubPath, root_path=settings.root_path)
    return app
