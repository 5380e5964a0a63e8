"""GET and HEAD /healthz: whether customers can be answered."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from bot.engine.protocol import Health
from bot.server.parts import TheParts

router = APIRouter()


@router.api_route("/healthz", methods=["GET", "HEAD"])
async def health(parts: TheParts) -> JSONResponse:
    """200 with what is loaded, or 503 where the engine has died."""
    state = parts.engine.health() if parts.engine else Health(alive=True, queued=0)
    facts = {"status": "ok" if state.alive else "failed", "backends": parts.backends, "queued": state.queued}
    return JSONResponse(facts, status_code=200 if state.alive else 503)
