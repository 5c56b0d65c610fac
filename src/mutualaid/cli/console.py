"""What the command line says: on the screen, and never what a text in the data would have it do."""

from __future__ import annotations

import contextlib
import functools
import itertools
import re
import sys
import traceback
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    import pandas as pd

DONE, UNUSABLE, WRONG_CALL, NO_PLAN, FAULT = range(5)
"""Exit codes."""


def shown(text: object) -> str:
    r"""A text as one line in which nothing is a control character or turns the writing around.

    Names of providers come from files: they may hold escape sequences of terminals, line breaks
    or marks that change the direction of what follows.

    Examples
    --------
    >>> shown("St \x1b[31mMary\n\u202es")
    'St [31mMary s'
    """
    return "".join(
        letter
        for letter in re.sub(r"[\t\r\n\v\f]+", " ", str(text))
        if unicodedata.category(letter) not in UNSAFE
    )


UNSAFE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Kinds of characters that are left out: controls, marks of format, halves, and none at all."""


def say(text: str = "", *, error: bool = False) -> None:
    """Write some lines to the screen, or to the standard error."""
    stream = sys.stderr if error else sys.stdout
    alphabet = stream.encoding or "utf-8"
    for line in text.split("\n"):
        # What the terminal's alphabet lacks is replaced, not an error.
        stream.write(shown(line).encode(alphabet, errors="replace").decode(alphabet) + "\n")


def table(frame: pd.DataFrame) -> str:
    """Lay a table out in columns, text to the left and numbers to the right.

    Examples
    --------
    >>> import pandas as pd
    >>> print(table(pd.DataFrame({"trust": ["A", "Birch"], "moves": ["5", "1,200"]})))
    trust  moves
    A          5
    Birch  1,200
    """
    from rich.cells import cell_len

    columns = []
    for name in frame.columns:
        cells = [shown(name), *map(shown, frame[name])]
        blanks = [" " * (max(map(cell_len, cells)) - cell_len(cell)) for cell in cells]
        right = len(cells) > 1 and all(map(_is_number, cells[1:]))
        both = zip(blanks, cells, strict=True) if right else zip(cells, blanks, strict=True)
        columns.append([f"{before}{after}" for before, after in both])
    return "\n".join("  ".join(row).rstrip() for row in zip(*columns, strict=True))


def _is_number(cell: str) -> bool:
    bare = cell.strip("<+-%*\u2013").replace(",", "").replace(".", "")
    return not bare or bare.isdigit()


@contextlib.contextmanager
def told(*, debug: bool = False, words: Callable[[str], str] = str) -> Iterator[None]:
    """Turn whatever goes wrong inside into a line for people and an exit code.

    ``debug`` shows where it went wrong as well. Warnings become notes, each told once. ``words``
    says what the library says in the words of the command line.

    Examples
    --------
    >>> with contextlib.suppress(typer.Exit), told():
    ...     say("two trusts")
    two trusts
    """
    from mutualaid.errors import InputError, InputWarning, SolverError

    with warnings.catch_warnings():
        warnings.simplefilter("default", InputWarning)
        warnings.showwarning = functools.partial(_note, words)
        try:
            yield
        except InputError as error:
            _leave(UNUSABLE, f"Error: {words(str(error))}", debug)
        except SolverError as error:
            _leave(NO_PLAN, f"No plan: {words(str(error))}", debug)
        except OSError as error:
            name = f"{error.filename}: " if error.filename else ""
            _leave(UNUSABLE, f"Error: {name}{error.strerror or error}", debug)
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            # The text of an error that nobody foresaw may hold anything: only its kind is told.
            what = f"a fault in mutualaid itself ({type(error).__name__})"
            _leave(FAULT, f"Error: {what}: please report it, with what --debug shows", debug)


def _leave(code: int, text: str, debug: bool) -> NoReturn:
    if debug:
        say(traceback.format_exc().rstrip(), error=True)
    say(text, error=True)
    raise typer.Exit(code)


def _note(words: Callable[[str], str], message: Warning | str, *_: object, **__: object) -> None:
    say(f"Note: {words(str(message))}", error=True)


@contextlib.contextmanager
def progress(total: int) -> Iterator[Callable[[str], None]]:
    """Show how far long work has come, where somebody is looking: on a terminal.

    Gives what the work calls with the name of each of its steps before it begins.
    """
    if not sys.stderr.isatty():
        yield lambda _name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    named = TextColumn("{task.description}", markup=False)
    columns = (named, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task, begun = bar.add_task("", total=total), itertools.count()

        def step(name: str) -> None:
            bar.update(task, completed=next(begun), description=shown(name))

        yield step
