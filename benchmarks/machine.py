"""On what it was measured."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    *("mutualaid", "numpy", "pandas", "pyarrow", "pylmcf", "highspy", "pulp", "cbcbox"),
    *("scipy", "linopy", "xarray", "ortools", "networkx"),
)


def machine() -> dict[str, Any]:
    """Describe the machine and what is installed.

    Returns
    -------
    dict
        ``cores``, ``cpu``, ``memory_gigabytes`` (None where the system does not say),
        ``system``, ``python``, ``packages`` (versions; None for what is missing) and ``when``.
    """
    return {
        "cores": os.cpu_count() or 1,
        "cpu": _cpu(),
        "memory_gigabytes": memory_gigabytes(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "when": datetime.now(UTC).date().isoformat(),
    }


def memory_gigabytes() -> float | None:
    """How much memory the machine has; None where the system does not say."""
    try:
        bytes_ = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
    return round(bytes_ / 1024**3, 1)


def _cpu() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
