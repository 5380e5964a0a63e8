"""The machine that figures were measured on."""

import json
import platform
import shutil
import subprocess
from typing import Any


def machine() -> dict[str, Any]:
    """What lscpu says of the processor; what Python knows of it where there is no lscpu."""
    lscpu = shutil.which("lscpu")
    if lscpu is None:
        return {"model": platform.processor() or platform.machine(), "flags": "", "cpus": None}
    listed = subprocess.run([lscpu, "--json"], capture_output=True, text=True, check=True)  # noqa: S603
    facts = dict(_facts(json.loads(listed.stdout)["lscpu"]))
    return {
        "model": facts.get("Model name", platform.machine()),
        "flags": facts.get("Flags", ""),
        "cpus": int(facts.get("CPU(s)", "1")),
    }


def _facts(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Newer versions nest what belongs together."""
    found = []
    for row in rows:
        found.append((str(row["field"]).rstrip(":"), str(row.get("data") or "")))
        found += _facts(row.get("children", []))
    return found
