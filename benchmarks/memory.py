"""How much memory a process uses, and the most that it has used.

Nothing but the standard library is imported here: the processes of peers load this file.
"""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

PROCESSES = Path("/proc")


def resident() -> float:
    """Megabytes that this process uses now; 0 where the system does not say."""
    return _status("VmRSS")


def peak() -> float:
    """The most megabytes that this process has used, since :func:`forget_peak` if it worked."""
    # What getrusage says on Linux is never below what the parent had when it forked.
    found = _status("VmHWM")
    if found:
        return found
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def forget_peak() -> bool:
    """Let the peak start again from what is used now; say whether that is possible here."""
    try:
        (PROCESSES / "self" / "clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def of_family(process: int) -> float:
    """Megabytes that a process and its children use now; 0 where the system does not say."""
    try:
        text = (PROCESSES / f"{process}/task/{process}/children").read_text(encoding="ascii")
    except OSError:
        return _status("VmRSS", process)
    return _status("VmRSS", process) + sum(of_family(int(child)) for child in text.split())


def _status(name: str, process: int | str = "self") -> float:
    try:
        text = (PROCESSES / f"{process}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    found = re.search(rf"{name}:\s*(\d+)", text)
    return int(found[1]) / 1024 if found else 0.0
