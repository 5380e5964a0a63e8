"""GET /shop.json and /shop-logo: what the widget and the demo page say of the shop."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.responses import FileResponse, JSONResponse, Response

from bot.server.parts import TheParts
from bot.shop.profile import Shop

router = APIRouter()
# Shops show the widget on their own origin.
ANY_ORIGIN = {"access-control-allow-origin": "*"}


@router.api_route("/shop.json", methods=["GET", "HEAD"])
async def shop(parts: TheParts) -> JSONResponse:
    """What a browser may know of the profile."""
    return JSONResponse(shown(parts.shop), headers=ANY_ORIGIN)


@router.api_route("/shop-logo", methods=["GET", "HEAD"])
async def logo(parts: TheParts) -> Response:
    """The shop's picture; 404 where it has none."""
    file = logo_file(parts.shop, parts.settings.shop_dir)
    return FileResponse(file, headers=ANY_ORIGIN) if file else Response(status_code=404)


def shown(shop: Shop) -> dict[str, Any]:
    """The values of /shop.json; an address is null where the profile has none."""
    return {
        "name": shop.name,
        "language": shop.languages[0],
        "heading": shop.heading,
        "greeting": shop.assistant.greeting,
        "disclosure": shop.assistant.disclosure,
        "privacy": shop.links.privacy,
        "suggested_questions": list(shop.suggested_questions),
        "colour": shop.look.colour,
        "logo": "shop-logo" if shop.look.logo else None,
    }


def logo_file(shop: Shop, folder: Path) -> Path | None:
    """The picture on disk, where it is there."""
    file = folder / shop.look.logo if shop.look.logo else None
    return file if file and file.is_file() else None
