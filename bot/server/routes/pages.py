"""The built widget and its demo page, or a page that says how to build them."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

UNBUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Trilane</title>
<h1>Trilane is running</h1>
<p>The chat socket is at <code>/ws</code>. The widget is not built yet: run <code>make chat</code>,
or <code>npm ci &amp;&amp; npm run build</code> in <code>frontend/</code>, and start the server again.</p>
</html>
"""
unbuilt = APIRouter()


@unbuilt.get("/", response_class=HTMLResponse)
async def how_to_build() -> str:
    """Where the widget is missing."""
    return UNBUILT


def add_pages(app: FastAPI, widget: Path) -> None:
    """Serve the widget's folder; the last of the routes, because it answers every address."""
    if widget.is_dir():
        # Shops load the widget's script from here, from their own origin.
        files = StaticFiles(directory=widget, html=True)
        app.mount("/", CORSMiddleware(files, allow_origins=["*"], allow_methods=["GET"]))
    else:
        app.include_router(unbuilt)
