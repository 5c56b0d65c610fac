"""The commands of ``mutualaid``; what they do is imported when one is called."""

from __future__ import annotations

import datetime
import functools
import importlib
import importlib.util
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Argument, Option

from mutualaid.cli.console import WRONG_CALL, say, told

HELP = """\
Plan how hospitals share their waiting lists, and prove that no plan is better.

Start with "mutualaid demo". For your own data, "mutualaid template collaborative.xlsx" writes a
workbook to fill in; "mutualaid check collaborative.xlsx" says what is wrong in it, and "mutualaid
solve collaborative.xlsx" plans it. A folder of your own tables will do as well. Or "mutualaid init
winter.toml" writes a scenario file with every key explained.
"""
EPILOG = """\
Exit codes: 0 done; 1 the data or the scenario cannot be used; 2 wrong call; 3 no plan was found,
or none that passes its checks; 4 a fault in mutualaid itself. Errors and notes go to the standard
error. Counts of 1 to 4 patients are shown as <5.
"""
app = typer.Typer(
    name="mutualaid",
    help=HELP,
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Texts = list[str] | None
Number = float | None
Debug = Annotated[bool, Option("--debug", help="Show where an error comes from as well.")]
Force = Annotated[bool, Option("--force", help="Replace a file that is there.")]
Scenario = Annotated[
    Path,
    Argument(
        metavar="FILE",
        help="A scenario file, a workbook that template wrote, or a folder of tables.",
    ),
]
Csv = Annotated[
    Texts, Option("--csv", help="Write this table as a CSV file as well; may be repeated.")
]
Parquet = Annotated[
    Texts, Option("--parquet", help="Write this table as a Parquet file as well; may be repeated.")
]
Identifiers = Annotated[
    bool, Option("--identifiers", help="Name patients in offers and the list to ring.")
]
Threshold = Annotated[
    int | None,
    Option("--suppress-below", help="Hide smaller counts of patients; 0 shows all."),
]


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Make a command of its options and help; what it does has its name in ``commands``.

    Errors are a line for people, with an exit code. It takes ``--debug`` besides its own options,
    which may stand before the command as well.
    """

    @functools.wraps(function)
    def run(*, context: typer.Context, debug: bool, **options: Any) -> None:
        words = functools.partial(_in_own_words, function.__name__, options)
        with told(debug=debug or bool(context.find_root().params.get("debug")), words=words):
            commands = importlib.import_module("mutualaid.cli.commands")
            getattr(commands, function.__name__)(**options)

    own = inspect.signature(function, eval_str=True)
    more = functools.partial(inspect.Parameter, kind=inspect.Parameter.KEYWORD_ONLY)
    context = more("context", annotation=typer.Context)
    debug = more("debug", annotation=Debug, default=False)
    signature = own.replace(parameters=[*own.parameters.values(), context, debug])
    run.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
    vars(run)["__signature__"] = signature
    return app.command()(run)


def _in_own_words(command: str, options: Mapping[str, Any], text: str) -> str:
    """What the library says, in the words of a command and of the file that it was given."""
    own = importlib.import_module("mutualaid.cli.own_words")
    path = options.get("path")
    if command in ("rtt", "check"):
        named = getattr(own, f"of_{command}")
    elif isinstance(path, Path) and path.suffix.lower() != ".toml":
        named = own.of_rules
    else:
        named = own.of_scenario
    said: str = own.in_own_words(text, named)
    return said


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        say(f"mutualaid {version('mutualaid')}")
        raise typer.Exit


@app.callback()
def start(
    debug: Debug = False,
    version: Annotated[
        bool, Option("--version", callback=_version, is_eager=True, help="Say which it is.")
    ] = False,
) -> None:
    """Take the options that go before a command; the help is that of the application."""


@command
def demo(
    out: Annotated[Path, Option("--out", help="The page to write.")] = Path("mutualaid-demo.html"),
    force: Force = False,
) -> None:
    """Plan a made-up collaborative of eight trusts, and write a page of it.

    A page that an earlier demo wrote is replaced; any other file only with --force.
    """


@command
def init(
    path: Annotated[Path, Argument(metavar="SCENARIO.toml", help="The file to write.")] = Path(
        "scenario.toml"
    ),
    force: Force = False,
) -> None:
    """Write a scenario file with every key explained, which can be planned as it is."""


@command
def template(
    path: Annotated[Path, Argument(metavar="FILE.xlsx", help="The workbook to write.")] = Path(
        "collaborative.xlsx"
    ),
    force: Force = False,
) -> None:
    """Write a workbook to fill in: lists, slots, ways and rules, which solve and check take."""


@command
def schema(
    path: Annotated[Path, Argument(metavar="SCHEMA.json", help="The file to write.")] = Path(
        "mutualaid.schema.json"
    ),
    force: Force = False,
) -> None:
    """Write the JSON schema of scenario files, by which editors complete keys and mark mistakes.

    Scenario files that init wrote name it in their first line.
    """


@command
def check(
    files: Annotated[list[Path], Argument(metavar="FILE...", help="The files to check.")],
    kind: Annotated[
        str | None,
        Option(
            "--as",
            help="What the files are: scenario, system (a workbook or a folder of all tables), "
            "plan, rtt, patients, sites, counts, sessions, history, or a table such as capacity. "
            "By default, what they look like.",
        ),
    ] = None,
    census: Annotated[
        str | None, Option(help="Of a list of patients: the day to which waits count.")
    ] = None,
) -> None:
    """Say what each file is and how good its data are; plan nothing.

    Tables of one system are checked against each other as well.
    """


@command
def solve(
    path: Scenario, csv: Csv = None, parquet: Parquet = None, identifiers: Identifiers = False
) -> None:
    """Plan a scenario, and write what its [outputs] ask for: of a workbook or a folder, all.

    Tables are moves, measures, prices, remaining and, of a list of patients, offers: a row for each
    patient who is asked. Outputs of an earlier run are replaced.
    """


@command
def ladder(
    path: Scenario, csv: Csv = None, parquet: Parquet = None, identifiers: Identifiers = False
) -> None:
    """Plan a scenario in the four ways to collaborate, side by side.

    Of [collaboration] the ladder takes what Transactional says for its second rung, what is
    promised (of Transactional and Resource on the second and the third rung, of Deep on the last
    three), and what is lent for the last two. Outputs of an earlier run are replaced.
    """


@command
def rtt(
    files: Annotated[
        list[Path],
        Argument(metavar="FILE...", help="NHS England's full extract: csv, zip or gz."),
    ],
    sites: Annotated[
        Path | None,
        Option(help="Codes of providers with ICB, latitude and longitude, in place of our own."),
    ] = None,
    icb: Annotated[
        Texts, Option(help="A board by code or name, such as QOP; may be repeated.")
    ] = None,
    provider: Annotated[
        Texts, Option(help="A provider by code or name, beside those of boards; may be repeated.")
    ] = None,
    within: Annotated[
        Number, Option(help="Add NHS trusts within so many minutes of the board's.")
    ] = None,
    service: Annotated[
        Texts, Option(help="Only this service, by code or name; may be repeated.")
    ] = None,
    successor: Annotated[
        Texts,
        Option(
            metavar="OLD=NEW", help="Count OLD's lists to NEW, as after a merger; may be repeated."
        ),
    ] = None,
    classes: Annotated[
        int | None, Option(min=1, help="How many wait classes each service is told apart by: 6.")
    ] = None,
    steerable: Annotated[
        Number, Option(min=0, max=1, help="The share of slots that a plan may use.")
    ] = None,
    one_queue: Annotated[
        bool, Option("--one-queue", help="One queue for each service, without a forecast.")
    ] = False,
    mode: Annotated[
        str, Option(help="ladder, Independent, Transactional, Resource or Deep.")
    ] = "ladder",
    minutes: Annotated[float, Option(help="Nobody is sent further, one way.")] = 60.0,
    miles: Annotated[Number, Option(help="Nobody is sent further, one way, in miles.")] = None,
    periods: Annotated[int, Option(help="How many periods of four weeks.")] = 13,
    out: Annotated[Path, Option(help="The folder for the page and workbooks.")] = Path(),
    save_scenario: Annotated[
        Path | None, Option(help="Write the scenario file that does the same.")
    ] = None,
    suppress_below: Threshold = None,
    force: Force = False,
) -> None:
    """Plan NHS England's published waiting lists, for the trusts of some boards or all.

    With two consecutive months or more, what happens as today is forecast, and the plan is made by
    stream and wait class beside it. Capacity is what was done, not what could be done.
    """


@command
def answers(
    files: Annotated[
        list[Path],
        Argument(
            metavar="LIST.xlsx... SCENARIO.toml",
            help="Lists with answers, in the order in which they were written, then the scenario.",
        ),
    ],
    today: Annotated[
        datetime.datetime | None,
        Option(formats=["%Y-%m-%d"], help="The day of the next calls; by default the last ones'."),
    ] = None,
) -> None:
    """Read the answers in a list to ring, plan anew, and write the next list.

    The first list is what solve wrote. Each of the later ones goes on from those before it: name
    them all. If anything in an answer cannot be understood, nothing is planned or written.
    """


@command
def report(
    path: Annotated[Path, Argument(metavar="PLAN.npz", help="What solve or ladder wrote.")],
    scenario: Annotated[
        Path | None, Option(help="The scenario file, if it lies elsewhere now.")
    ] = None,
    suppress_below: Threshold = None,
) -> None:
    """Write the outputs of a plan again, without solving it.

    The tables are read again, and the plan is certified and audited anew: it is an error if
    anything changed since, other than [outputs].
    """


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(context: typer.Context) -> None:
    """Run the benchmarks, in a checkout of the project; options are theirs."""
    if importlib.util.find_spec("benchmarks") is None:
        say(
            "Error: the benchmarks are not installed: get a checkout of mutualaid, install "
            "'mutualaid[bench]', and call this in its folder",
            error=True,
        )
        raise typer.Exit(WRONG_CALL)
    raise typer.Exit(importlib.import_module("benchmarks.__main__").main(context.args))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; by default with the arguments of the process.

    Examples
    --------
    >>> main(["demo", "--out"])
    Traceback (most recent call last):
    SystemExit: 2
    """
    app(args=None if arguments is None else list(arguments), prog_name="mutualaid")
