"""Files that are either written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mutualaid.arguments import argument
from mutualaid.errors import InputError


@contextlib.contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path; what is written there takes the file's place once all went well.

    On any error what was written is removed, and a file that was there before stays as it was.
    The temporary file is in the same folder, so that nothing is ever written anywhere else. All
    of it is on the disk before it takes the file's place: a full disk may only be told then.

    Parameters
    ----------
    path
        The file to write. Its folder must be there.

    Raises
    ------
    InputError
        If the path is a folder, its folder is not there or cannot be written to, or writing
        failed on the way, as on a full disk; the file is named.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with written_whole(Path(folder) / "moves.csv") as temporary:
    ...         _ = temporary.write_text("patients")
    ...     [file.name for file in Path(folder).iterdir()]
    ['moves.csv']
    """
    target = _target(path)
    try:
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=".unfinished-", suffix=target.suffix
        )
    except OSError as error:
        raise InputError(f"{target.parent} cannot be written to: {error.strerror}") from None
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        # Temporary files are private; a file that is meant to be shared follows the usual rules.
        temporary.chmod(_usual_mode(target))
        temporary.replace(target)
    except OSError as error:
        why = error.strerror or error
        raise InputError(f"{target} was not written: {why}; nothing of it was kept") from error
    finally:
        temporary.unlink(missing_ok=True)


def _target(path: str | os.PathLike[str]) -> Path:
    argument.kind("path", path, str | os.PathLike, "write the path of a file")
    target = Path(path)
    if not target.name or target.is_dir():
        raise InputError(f"{str(path)!r} is a folder: add the name of a file")
    if not target.parent.is_dir():
        raise InputError(f"the folder {str(target.parent)!r} is not there: make it first")
    # A link is followed, so that the file it leads to is replaced and not the link.
    return target.resolve()


def _usual_mode(target: Path) -> int:
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
