"""What a file is, by what is in it, and what there is to say about its quality."""

from __future__ import annotations

import gzip
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mutualaid.cli.outputs import hidden
from mutualaid.cli.plan_file import read_plan_file
from mutualaid.data.column_checks import check_table
from mutualaid.data.intake.assemble import NEEDED
from mutualaid.data.intake.normalise import KEYS
from mutualaid.data.intake.row_keys import check_duplicates
from mutualaid.data.opening.open_table import open_table, split
from mutualaid.data.rates import LONGEST_HORIZON_PERIODS
from mutualaid.data.schema import PATIENT_COLUMNS, PERSONAL, TABLES, columns
from mutualaid.data.system import System
from mutualaid.data.taking.from_file import READ_SO, from_file
from mutualaid.data.taking.take_table import MEANS_NOTHING, ONLY_ASKED, means_nothing, take
from mutualaid.data.words.column_names import tidy
from mutualaid.data.words.headings import OF_PEOPLE
from mutualaid.disclosure.suppression import THRESHOLD
from mutualaid.errors import InputError, Problems
from mutualaid.readers import (
    read_counts,
    read_rtt,
    read_sites,
    read_tables,
    read_waiting_list,
    slots_from_sessions,
)
from mutualaid.readers.demand_and_capacity.sessions import COLUMNS as OF_SESSIONS
from mutualaid.readers.own_tables.parts_found import is_whole_system
from mutualaid.readers.own_tables.read import said_per
from mutualaid.readers.own_tables.table_kinds import KNOWN, kinds_of
from mutualaid.readers.rtt.unpack import BROKEN_ZIP, has_part_heading, head_of
from mutualaid.studies.scenarios import from_toml

BY_ENDING = {".toml": "scenario", ".npz": "plan"}
COLUMNS = ("column", "meaning", "missing", "different")


@dataclass(frozen=True, eq=False, kw_only=True)
class Checked:
    """A file that can be used."""

    kind: str
    """What it is."""
    says: str
    """What it holds, in a sentence or more."""
    quality: pd.DataFrame | None = None
    """What was found."""
    table: object = None
    """What a System takes, if it takes it."""


def kind_of(path: Path) -> str:
    r"""Say what a file is: one of :data:`KINDS`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "slots.csv"
    ...     _ = path.write_text("provider,service,period,slots\nRJ1,C_110,1,5\n")
    ...     kind_of(path)
    'capacity'
    """
    known = BY_ENDING.get(path.suffix.lower())
    if known is not None:
        return known
    if is_whole_system(path):
        return "system"
    file, _ = split(path)
    if file == path and _has_rtt_headings(path):
        return "rtt"
    opened = open_table(path, known=KNOWN)
    headings = [str(heading) for heading in opened.headings]
    if any(has_part_heading(heading.encode(errors="replace")) for heading in headings):
        # A workbook or a Parquet file.
        return "rtt"
    fitting = kinds_of(opened)
    named = [name for name in fitting if name.rstrip("s") in path.stem.lower()]
    found = named if len(named) == 1 else fitting
    if len(found) != 1:
        what = f"could be {' or '.join(found)}" if found else "is nothing that is known here"
        raise AmbiguousError(f"{path} {what}: say what it is with --as {'|'.join(found or KINDS)}")
    return found[0]


class AmbiguousError(InputError):
    """What a file is must be said: see :func:`kind_of`."""


def _has_rtt_headings(path: Path) -> bool:
    """Whether a text file, packed or not, has the headings of NHS England's extract."""
    try:
        return has_part_heading(head_of(path))
    except gzip.BadGzipFile:
        return False
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, *BROKEN_ZIP):
        # It is no such file; what it is is told where it is read.
        return False


def check(path: Path, kind: str, census: str | None = None) -> Checked:
    """Read a file as what it is, and say what was found."""
    if kind in TABLES:
        return _table(path, kind)
    return _patients(path, census) if kind == "patients" else READERS[kind](path)


def _table(path: Path, name: str) -> Checked:
    given = from_file(name, path)
    problems = Problems(rows=[*given.problems.rows])
    if given.origin is not None:
        problems.origins[name] = given.origin
    taken = take(name, given.frame, problems)
    frame = taken.frame
    extra = list(frame.columns) if name == "waiting_list" else []
    clean = check_table(name, frame, LONGEST_HORIZON_PERIODS, problems, extra)
    keys = [key for key in KEYS.get(name, ()) if key in frame]
    if keys and name not in OF_PEOPLE and {*keys} <= {*clean}:
        check_duplicates(name, clean, keys, problems)
    problems.raise_if_any()
    rows = [
        (
            heading,
            _meaning(name, heading) + (f" (headed {theirs!r})" if theirs != heading else ""),
            f"{int(frame[heading].isna().sum()):,}",
            f"{frame[heading].nunique():,}",
        )
        for heading, theirs in zip(
            map(str, frame.columns), map(str, given.frame.columns), strict=True
        )
    ]
    says = f"{len(frame):,} row{'s' * (len(frame) != 1)}"
    for amount in ("patients", "slots"):
        if amount in frame:
            says += f", {hidden(frame[amount].sum(), THRESHOLD)} {amount}"
    unread = [f"{row.column}: {row.done}" for row in taken.findings if row.done.startswith("they ")]
    said = [
        f"{one.problem}: {one.done}"
        if not one.column
        else f"{one.rows:,} {one.column}: {one.problem}: {one.done}"
        for one in given.findings
        if one.done != READ_SO or not one.problem.startswith("cells are separated")
    ]
    says = "\n".join([says, *unread, *said])
    return Checked(kind=name, says=says, quality=pd.DataFrame(rows, columns=COLUMNS), table=given)


def _meaning(table: str, heading: str) -> str:
    """What a column means, in a few words."""
    known = columns(table)
    if heading in known:
        return known[heading].meaning
    if heading in PERSONAL:
        return PATIENT_COLUMNS.get(heading, "decides who may move")
    return MEANS_NOTHING if means_nothing([heading]) else ONLY_ASKED


def _patients(path: Path, census: str | None) -> Checked:
    patients = read_waiting_list(path, census=census)
    quality = patients.quality
    # Few rows with one thing in common may tell who they are.
    quality["rows"] = [hidden(count, THRESHOLD) for count in quality["rows"]]
    return Checked(kind="patients", says=str(patients), quality=quality, table=patients)


def _rtt(path: Path) -> Checked:
    rtt = read_rtt(path)
    totals = rtt.totals().astype("Float64").T.reset_index(names="pathways")
    for month in totals.columns[1:]:
        shown = totals[month].map(lambda n: "" if pd.isna(n) else hidden(n, THRESHOLD))
        totals[month] = shown.astype(object)
    says = "\n".join([str(rtt), f"removals: {rtt.removals_basis}", *rtt.notes])
    return Checked(kind="rtt", says=says, quality=totals)


def _system(path: Path) -> Checked:
    """A workbook or a folder of all tables, with its rules."""
    tables = read_tables(path)
    says = f"{tables.system}\n{tables.collaboration.name}: ready to be planned"
    return Checked(kind="system", says=says)


def _counts(path: Path) -> Checked:
    listed = read_counts(path)
    lists = listed.groupby(["origin", "service"]).ngroups
    says = f"{hidden(listed['patients'].sum(), THRESHOLD)} patients on {lists:,} lists, by band of "
    says += f'waits\nin a scenario file: waiting_list = {{ counts = "{path.name}" }}'
    return Checked(kind="counts", says=says, table=listed)


def _sessions(path: Path) -> Checked:
    """Sessions, with what the scenario file has to say of them besides."""
    opened = open_table(path, known=KNOWN)
    per = said_per(opened) or "week"
    forms = {tidy(str(one)) for one in opened.headings}
    unsaid = {"utilisation": 0.85, "working_weeks": 42} if per == "week" else {"utilisation": 0.85}
    usual: dict[str, Any] = {
        name: value
        for name, value in unsaid.items()
        if not forms & {tidy(one) for one in OF_SESSIONS[name].split()}
    }
    slots = slots_from_sessions(opened, per=per, **usual, periods=13)
    keys = "".join(f", {name} = {value}" for name, value in usual.items())
    says = f"sessions a {per}: {slots['slots'].sum():,} slots in 52 weeks"
    says += f" with{keys[1:].replace(' = ', ' ')}" if usual else ""
    says += f'\nin a scenario file: capacity = {{ sessions = "{path.name}", per = "{per}"{keys} }}'
    return Checked(kind="sessions", says=says)


def _history(path: Path) -> Checked:
    table = open_table(path, known=KNOWN).body().frame
    says = (
        f"{len(table):,} rows by month or week, of what was done, who joined or who left\nin a "
        f'scenario file: capacity = {{ activity = "{path.name}", per = "month" }}, or referrals = '
        f'{{ history = "{path.name}", per = "month" }}'
    )
    return Checked(kind="history", says=says)


def _sites(path: Path) -> Checked:
    sites = read_sites(path)
    named = "name" in sites
    says = f"{len(sites):,} providers with a place" + (", and names" if named else "")
    return Checked(kind="sites", says=says)


def _scenario(path: Path) -> Checked:
    try:
        series = "scenario" in tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        series = False
    if series:
        found = from_toml(path.read_text(encoding="utf-8-sig"))
        return Checked(kind="scenario", says="\n".join(map(str, found)))
    from mutualaid.cli.scenario.read import read_scenario_file

    scenario = read_scenario_file(path)
    says = f"{scenario.system}\n{scenario.collaboration.name}: ready to be planned"
    quality = scenario.system.quality
    quality = quality[quality["done"] != ONLY_ASKED].reset_index(drop=True)
    # Words that few patients have may tell who they are.
    few = quality["done"].str.startswith("they ")
    quality.loc[few, "problem"] = "words that are not known, or empty cells"
    quality["rows"] = [hidden(count, THRESHOLD) for count in quality["rows"]]
    return Checked(kind="scenario", says=says, quality=quality)


def _plan(path: Path) -> Checked:
    from mutualaid.cli.scenario.read import read_scenario_file

    saved = read_plan_file(path)
    scenario = read_scenario_file(saved.scenario)
    saved.check(scenario)
    modes = ", ".join(str(plan["mode"]) for plan in saved.head["plans"])
    says = f"{modes}, for {scenario.name}, whose files are as they were when it was planned"
    return Checked(kind="plan", says=says)


def against_each_other(checked: Sequence[Checked]) -> System | None:
    """Check tables against each other, if there are enough of them for a system."""
    tables: dict[str, Any] = {
        "waiting_list" if one.kind in ("patients", "counts") else one.kind: one.table
        for one in checked
        if one.table is not None
    }
    if not {*NEEDED} <= {*tables}:
        return None
    capacity = tables["capacity"]
    # Headings in any spelling: each table was checked alone before.
    last = int(take("capacity", capacity.frame, Problems()).frame["period"].max())
    return System(**tables, periods=max(last, 1))


READERS = {
    "scenario": _scenario,
    "system": _system,
    "plan": _plan,
    "rtt": _rtt,
    "sites": _sites,
    "counts": _counts,
    "sessions": _sessions,
    "history": _history,
}
KINDS = ("patients", *READERS, *TABLES)
"""What a file can be."""
