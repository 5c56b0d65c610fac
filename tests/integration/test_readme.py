"""The README says what is true: its code runs, and its figures are those of the examples."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("MUTUALAID_DATA", ROOT.parent / "shared" / "data"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.skipif(
    not (DATA / "rtt").is_dir(), reason="the published RTT file is not there: set MUTUALAID_DATA"
)
@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
def test_the_code_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    """From the ten lines to a constraint of one's own, on the published file."""
    (tmp_path / "providers.csv").symlink_to(DATA / "providers.csv")
    for file in (DATA / "rtt").glob("*January-2026*.zip"):
        (tmp_path / file.name).symlink_to(file)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in BLOCKS:
        exec(compile(block, "README.md", "exec"), names)
    assert "proven best" in capsys.readouterr().out
    assert names["plan"].certificate.valid
    assert (tmp_path / "model.mps").stat().st_size > 1000


def test_the_readme_names_both_commands():
    """One installs and runs the example, one installs and passes the tests."""
    shell = "".join(re.findall(r"```bash\n(.*?)```", README, flags=re.DOTALL))
    assert "pip install -q . && .venv/bin/python examples/quickstart.py" in shell
    assert "pip install -q -e '.[test]' && .venv/bin/python -m pytest" in shell
