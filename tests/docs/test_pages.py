"""The pages say what is true: their code runs, their commands work, and what they show is shown."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usual_lead, pytest.mark.usual_promises]

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
DATA = Path(os.environ.get("MUTUALAID_DATA", ROOT.parent / "shared" / "data"))
PUBLISHED = "published-file"
SHOWN = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FENCE = re.compile(
    r"^```(?P<brace>\{code-block\} ?)?(?P<kind>[\w-]+)\n(?P<body>.*?)^```$",
    flags=re.DOTALL | re.MULTILINE,
)
TELL_THE_CODE = "; echo $?"
CAPTION = re.compile(r"\A:caption: (?P<file>\S+)\n+")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page: what it holds, where, and the file that it is, if it is one."""

    kind: str
    text: str
    line: int
    file: str | None


@dataclass(slots=True)
class Page:
    """A page that is being read from the top: its blocks share names and a folder."""

    path: Path
    names: dict[str, object] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.path.relative_to(DOCS).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def needs(self) -> str | None:
        """What the page's head says that it cannot do without: the published file, or a package."""
        head = re.match(r"---\nneeds: (\S+)\n---\n", self.text)
        return None if head is None else head[1]

    def blocks(self) -> list[Block]:
        """The blocks with code, commands and files; directives are Sphinx's own affair."""
        found = []
        for match in FENCE.finditer(self.text):
            body, file = match["body"], None
            if match["brace"] and (caption := CAPTION.match(body)):
                file, body = caption["file"], body[caption.end() :]
            line = self.text[: match.start()].count("\n") + 1
            found.append(Block(match["kind"], body, line, file))
        return found

    def run(self, block: Block) -> None:
        """Do what a block says, in the current folder.

        Python runs; sessions and commands must show what is shown; files are written, for the
        blocks below them.
        """
        if block.file is not None:
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.text, encoding="utf-8")
        {
            "python": self._python,
            "pycon": self._session,
            "console": self._commands,
            "toml": self._toml,
            "text": self._file,
            "bash": self._install,
        }[block.kind](block)

    def _toml(self, block: Block) -> None:
        tomllib.loads(block.text)

    def _file(self, block: Block) -> None:
        assert block.file, f"{self.title}, line {block.line}: text is of no file, and not checked"

    def _python(self, block: Block) -> None:
        source = "\n" * block.line + block.text
        exec(compile(source, self.title, "exec"), self.names)

    def _session(self, block: Block) -> None:
        test = doctest.DocTestParser().get_doctest(
            block.text, self.names, self.title, str(self.path), block.line
        )
        said: list[str] = []
        results = doctest.DocTestRunner(optionflags=SHOWN).run(
            test, out=said.append, clear_globs=False
        )
        assert not results.failed, "".join(said)
        self.names.update(test.globs)

    def _commands(self, block: Block) -> None:
        for command, wanted in commands(block.text):
            told = command[-1] == TELL_THE_CODE
            done = subprocess.run(
                [sys.executable, *command[: -1 if told else None]],
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            shown = done.stdout
            if told:
                shown += f"{done.stderr}{done.returncode}\n"
            else:
                assert done.returncode == 0, f"{self.title}: {command}\n{shown}{done.stderr}"
            same = doctest.OutputChecker().check_output(wanted, shown, SHOWN)
            assert not wanted or same, f"{self.title}: {command} printed\n{shown}"

    def _install(self, block: Block) -> None:
        """Nothing is installed here, but what is told to be installed must be there to be had."""
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
            "optional-dependencies"
        ]
        for line in block.text.splitlines():
            asked = re.fullmatch(
                r"(python3? -m )?pip install '?(\.|mutualaid)(\[(?P<extras>[\w,]+)\])?'?", line
            )
            known = asked is not None or re.fullmatch(
                r"python3 -m venv \.venv|source \.venv/bin/activate", line
            )
            assert known, f"{self.title}, line {block.line}: {line!r} is not a known way to install"
            if asked and asked["extras"]:
                assert set(asked["extras"].split(",")) <= {*extras}, line


def commands(text: str) -> list[tuple[list[str], str]]:
    """Commands after a dollar, as arguments of this Python, and the lines shown below each.

    A command that may fail is followed by ``; echo $?``, as in a shell, and then all that it says
    is compared.
    """
    result = []
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, shown = part.partition("\n")
        while line.endswith("\\"):
            more, _, shown = shown.partition("\n")
            line = line[:-1] + more
        line, told, _ = line.partition(TELL_THE_CODE)
        words = shlex.split(line)
        if words[0] == "mutualaid":
            words = ["-m", "mutualaid", *words[1:]]
        elif words[0] == "python":
            words = words[1:]
        else:
            raise AssertionError(f"{line!r} is not a command of this package")
        result.append((words + [TELL_THE_CODE] * bool(told), shown))
    return result


PAGES = [Page(path) for path in sorted(DOCS.rglob("*.md")) if "_build" not in path.parts]


def read(page: Page) -> None:
    """Read a page from the top, doing what each block says."""
    for block in page.blocks():
        page.run(block)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Somewhere to write, where a page's commands find the package as this test does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.mark.parametrize("page", [p for p in PAGES if p.needs != PUBLISHED], ids=lambda p: p.title)
@pytest.mark.usefixtures("folder")
def test_the_code_of_a_page_runs_and_shows_what_the_page_shows(page):
    """An analyst who types in what stands there gets what stands there."""
    if page.needs is not None:
        pytest.importorskip(page.needs, reason=f"{page.title} needs {page.needs}")
    read(page)


@pytest.mark.skipif(
    not (DATA / "rtt").is_dir(), reason="the published RTT file is not there: set MUTUALAID_DATA"
)
@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
@pytest.mark.parametrize("page", [p for p in PAGES if p.needs == PUBLISHED], ids=lambda p: p.title)
def test_pages_on_the_published_file_run_on_it(page, folder):
    """NHS England's last three months, and where providers are, lie in the folder."""
    (folder / "providers.csv").symlink_to(DATA / "providers.csv")
    for file in sorted((DATA / "rtt").glob("*-full-extract.zip"))[-3:]:
        (folder / file.name).symlink_to(file)
    read(page)


def test_every_block_is_of_a_kind_that_is_run():
    """Output that nobody checks is not shown anywhere."""
    kinds = {"python", "pycon", "console", "toml", "text", "bash"}
    odd = [
        f"{page.title}, line {block.line}: {block.kind}"
        for page in PAGES
        for block in page.blocks()
        if block.kind not in kinds
    ]
    assert odd == []


def test_every_fence_is_read():
    """A fence that the reader of blocks overlooks would never be run."""
    for page in PAGES:
        opened = re.findall(r"^```(?:\{code-block\} ?)?[\w-]+$", page.text, flags=re.MULTILINE)
        indented = re.findall(r"^ +```", page.text, flags=re.MULTILINE)
        assert len(page.blocks()) == len(opened), page.title
        assert indented == [], page.title


def test_the_pages_of_the_issue_are_there():
    """A tutorial, how-to guides, the model, limits and words: all with code where they teach."""
    with_code = {page.title for page in PAGES if page.blocks()}
    assert {
        "tutorial.md",
        "howto/own_extract.md",
        "howto/own_travel.md",
        "howto/constraint_in_pulp.md",
        "howto/winter.md",
        "howto/explain_to_a_trust.md",
        "howto/command_line.md",
        "howto/figures.md",
        "howto/published_file.md",
        "model/words.md",
        "model/networks.md",
        "model/side_rows.md",
        "model/proof.md",
        "model/large.md",
        "limits.md",
    } <= with_code
    assert "glossary.md" in {page.title for page in PAGES}


@pytest.mark.usefixtures("folder")
def test_a_page_that_shows_something_false_fails():
    """The reader of pages is not asleep: a wrong figure, a crash and a failed command are told."""
    page = Page(DOCS / "index.md")
    with pytest.raises(AssertionError, match="Expected"):
        page.run(Block("pycon", ">>> 1 + 1\n3\n", 1, None))
    with pytest.raises(ZeroDivisionError):
        page.run(Block("python", "1 / 0\n", 1, None))
    with pytest.raises(AssertionError, match="raise SystemExit"):
        page.run(Block("console", "$ python -c 'raise SystemExit(3)'\n", 1, None))
    with pytest.raises(AssertionError, match="printed"):
        page.run(Block("console", "$ python -c 'print(2)'\n3\n", 1, None))
    with pytest.raises(AssertionError, match="printed"):
        page.run(Block("console", "$ python -c 'raise SystemExit(3)'; echo $?\n2\n", 1, None))
    page.run(Block("console", "$ python -c 'raise SystemExit(3)'; echo $?\n3\n", 1, None))
    with pytest.raises(AssertionError, match="known way to install"):
        page.run(Block("bash", "pip install something-else\n", 1, None))
