"""A server that a proxy shows under a path, as in `https://shop.example/support/`; some proxies strip it."""

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class SubPath:
    """ASGI middleware: every route also stands under `root_path`, which is "" or begins with a slash."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app, self._root_path = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the application what ASGI asks for: a `path` with `root_path` in front."""
        if scope["type"] in ("http", "websocket"):
            if scope["path"] == self._root_path and scope["type"] == "http":
                # The page's addresses are relative to its folder.
                await RedirectResponse(f"{self._root_path}/")(scope, receive, send)
                return
            stripped = not scope["path"].startswith(f"{self._root_path}/")
            path = self._root_path + scope["path"] if stripped else scope["path"]
            scope = {**scope, "root_path": self._root_path, "path": path}
        await self._app(scope, receive, send)
