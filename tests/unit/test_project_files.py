"""What is written in more than one place says the same: versions, Pythons, commands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import mutualaid as ma

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def read(path: str):
    """A YAML file of the project."""
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def pinned(tool: str) -> str:
    """The version of a tool that developers install."""
    found = [re.fullmatch(rf"{tool}==(\S+)", one) for one in extras("dev")]
    return next(match[1] for match in found if match)


def extras(name: str) -> list[str]:
    """What an extra asks for."""
    return PROJECT["project"]["optional-dependencies"][name]


def pythons() -> list[str]:
    """The versions of Python that the project says it runs on."""
    said = [re.fullmatch(r".* :: Python :: (3\.\d+)", c) for c in PROJECT["project"]["classifiers"]]
    return [match[1] for match in said if match]


def steps(job: str) -> list[dict]:
    """What a job of the hosted checks does."""
    return read(".github/workflows/ci.yml")["jobs"][job]["steps"]


def test_the_hosted_checks_run_on_every_python_that_is_promised():
    """The oldest is also that of ruff, of mypy and of who may install."""
    matrix = read(".github/workflows/ci.yml")["jobs"]["everything"]["strategy"]["matrix"]
    assert matrix["python"] == pythons()
    oldest = pythons()[0]
    assert PROJECT["project"]["requires-python"] == f">={oldest}"
    assert PROJECT["tool"]["mypy"]["python_version"] == oldest
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"


def test_the_hosted_checks_are_those_that_run_here():
    """There is one list of what must pass; the monthly command is the one that is written down."""
    runs = [step.get("run", "") for step in steps("everything")]
    assert "bash .ci/run" in runs
    assert (ROOT / ".ci" / "run").is_file()
    assert "`bash .ci/run` must pass" in CONTRIBUTING
    monthly = next(
        step["run"] for step in steps("mutation") if "tests.mutation" in step.get("run", "")
    )
    assert "python -m tests.mutation" in monthly
    assert "`python -m tests.mutation`" in CONTRIBUTING


@pytest.mark.parametrize("job", ["everything", "mutation"])
def test_actions_are_pinned_by_commit(job):
    """A tag can be moved to other code, a commit cannot."""
    used = [step["uses"] for step in steps(job) if "uses" in step]
    assert used
    assert [one for one in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", one)] == []


def test_nothing_in_the_hosted_checks_may_write():
    """A change from a stranger runs with the right to read, and no other."""
    workflow = read(".github/workflows/ci.yml")
    assert workflow["permissions"] == {}
    assert all(job["permissions"] == {"contents": "read"} for job in workflow["jobs"].values())


def test_commits_are_checked_with_the_ruff_that_developers_install():
    """Two versions would undo each other's layout."""
    (hooks,) = [one for one in read(".pre-commit-config.yaml")["repos"] if "ruff" in one["repo"]]
    assert hooks["rev"] == f"v{pinned('ruff')}"
    assert {hook["id"] for hook in hooks["hooks"]} == {"ruff", "ruff-format"}


def test_commits_are_checked_with_the_mypy_that_developers_install():
    """The hook brings no mypy of its own: it takes the one that is pinned."""
    (local,) = [one for one in read(".pre-commit-config.yaml")["repos"] if one["repo"] == "local"]
    (mypy,) = local["hooks"]
    assert (mypy["language"], mypy["entry"]) == ("system", "python -m mypy")
    assert "additional_dependencies" not in mypy
    assert pinned("mypy")


def test_tools_that_are_pinned_are_watched():
    """Once a month somebody is told of newer ones."""
    watched = {one["package-ecosystem"]: one for one in read(".github/dependabot.yml")["updates"]}
    tools = [one.partition("==")[0] for one in extras("dev") if "==" in one]
    assert sorted(watched["pip"]["groups"]["tools"]["patterns"]) == sorted(tools)
    assert "github-actions" in watched


def test_the_version_is_the_same_everywhere():
    """What is installed, what it says of itself and how it is cited."""
    cited = read("CITATION.cff")
    assert ma.__version__ == PROJECT["project"]["version"] == cited["version"]
    assert cited["title"] == PROJECT["project"]["name"]
    assert cited["license"] == PROJECT["project"]["license"]
    assert cited["authors"] == PROJECT["project"]["authors"]
    assert cited["keywords"] == PROJECT["project"]["keywords"]
    assert cited["abstract"] == f"{PROJECT['project']['description']}."
    assert {"cff-version", "message"} <= set(cited)


@pytest.mark.parametrize("path", [p for p in FORMS if p.stem != "config"], ids=lambda p: p.stem)
def test_a_form_asks_for_what_helps_and_for_no_patient(path):
    """Whoever reports a fault shows how to see it, and is told to send no data of patients."""
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(form)
    asked = [one for one in form["body"] if one.get("validations", {}).get("required")]
    assert asked
    if "fault" in path.stem or "wrong" in path.stem:
        assert "No data of real patients" in path.read_text(encoding="utf-8")
        assert {"versions"} <= {one.get("id") for one in asked}


def test_the_recipe_of_a_release_names_every_place_of_the_version():
    """Nobody has to remember where it stands."""
    recipe = CONTRIBUTING.partition("## A release")[2]
    for place in ("pyproject.toml", "src/mutualaid/__init__.py", "CITATION.cff", "CHANGELOG.md"):
        assert place in recipe
    assert all((ROOT / place).is_file() for place in ("CITATION.cff", "CHANGELOG.md"))


def test_commands_in_the_advice_for_contributors_are_of_files_that_are_there():
    """Scripts and modules that are named can be run."""
    named = set(re.findall(r"python (tests/\w+\.py|-m tests\.unit\.\w+)", CONTRIBUTING))
    paths = {one if "/" in one else one[3:].replace(".", "/") + ".py" for one in named}
    assert "tests/unit/test_api.py" in paths
    assert [path for path in sorted(paths) if not (ROOT / path).is_file()] == []
