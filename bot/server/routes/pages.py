"""The built widget and its demo page, or a page that says how to build them."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

UNBUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Trilane</title>
<h1>Trilane is running</h1>
<p>The chat socket is at <code>/ws</code>. The widget is not built yet: run <code>make chat</code>,
or <code>npm ci &amp;&amp; npm run build</code> in <code>frontend/</code>, and start the server again.</p>
</html>
"""
unbuilt = APIRouter()


@unbuilt.api_route("/", methods=["GET", "HEAD"], response_class=HTMLResponse)
async def how_to_build() -> str:
    """Where the widget is missing."""
    return UNBUILT


class WidgetFiles(StaticFiles):
    """The built files with one page, the served shop's; another shop's page in the folder is not found."""

    def __init__(self, widget: Path, page: str | None) -> None:
        super().__init__(directory=widget)
        self._page = page if page and (widget / page).is_file() else "index.html"

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The page for the root and for its own name."""
        if path in (".", "index.html"):
            path = self._page
        if path.endswith(".html") and path != self._page:
            raise HTTPException(404)
        return await super().get_response(path, scope)


def add_pages(app: FastAPI, widget: Path, page: str | None) -> None:
    """Serve the widget's folder; the last of the routes, because it answers every address."""
    if widget.is_dir():
        # Shops load the widget's script from here, from their own origin.
        files = WidgetFiles(widget, page)
        app.mount("/", CORSMiddleware(files, allow_origins=["*"], allow_methods=["GET"]))
    else:
        app.include_router(unbuilt)
