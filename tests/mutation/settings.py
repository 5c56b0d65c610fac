"""What a run breaks, how, and which tests may notice."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "mutualaid"

# Each folder of the table and its files. Every pattern finds a file, which a test holds.
FOLDERS = {
    "model": ("model/**/*.py",),
    "solve": ("solve/**/*.py",),
    "audit": ("audit/*.py",),
    "disclosure": ("disclosure/*.py",),
    "simulation": ("simulation/*.py",),
}

# Tests of a folder's own room are asked first: what every plan runs is run by every test of a plan.
NEAR = {
    "model": (
        "tests/unit/test_model_by_hand.py",
        "tests/unit/test_network.py",
        "tests/unit/test_queues.py",
        "tests/unit/test_rows.py",
        "tests/unit/test_limits.py",
        "tests/unit/test_rules_by_hand.py",
        "tests/unit/test_targets.py",
    ),
    "solve": (
        "tests/unit/test_small_*.py",
        "tests/unit/test_search_steps.py",
        "tests/unit/test_certificate*.py",
        "tests/unit/test_ties.py",
        "tests/unit/test_solvers_asked.py",
    ),
    "audit": ("tests/unit/test_audit_*.py",),
    "disclosure": (
        "tests/unit/test_disclosure*.py",
        "tests/unit/test_suppression.py",
        "tests/property/test_one_system.py",
    ),
    "simulation": ("tests/unit/test_replay*.py", "tests/property/test_replays.py"),
}

# Where tests are looked for, beside the examples in the docstrings of the files above; and tests
# that open a browser, an office or a whole country, measure time, call everything with junk, or
# read the source instead of running it.
TESTS = ("tests/**/test_*.py",)
LEFT_OUT = (
    "tests/docs/*",
    "tests/integration/*",
    "tests/readers/*",
    "tests/unit/test_benchmarks*.py",
    "tests/unit/test_house.py",
    "tests/unit/test_junk_calls.py",
    "tests/unit/test_mutation.py",
    "tests/unit/test_timing.py",
)

# Tests that look at what files define instead of running it: asked where a change runs on import.
LOOKING = ("tests/unit/test_values.py",)

# Operators of cosmic-ray, by name. Left out are those that nobody mistakes (a bit shifted instead
# of added) and that any run of the line notices: they would only flatter the share.
OPERATORS = (
    "AddNot",
    "ExceptionReplacer",
    "NumberReplacer",
    "RemoveDecorator",
    "ReplaceAndWithOr",
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_BitAnd_BitOr",
    "ReplaceBinaryOperator_BitOr_BitAnd",
    "ReplaceBinaryOperator_Div_FloorDiv",
    "ReplaceBinaryOperator_Div_Mul",
    "ReplaceBinaryOperator_FloorDiv_Div",
    "ReplaceBinaryOperator_Mod_FloorDiv",
    "ReplaceBinaryOperator_Mul_Add",
    "ReplaceBinaryOperator_Mul_Div",
    "ReplaceBinaryOperator_Pow_Mul",
    "ReplaceBinaryOperator_Sub_Add",
    "ReplaceBreakWithContinue",
    "ReplaceComparisonOperator_Eq_GtE",
    "ReplaceComparisonOperator_Eq_LtE",
    "ReplaceComparisonOperator_Eq_NotEq",
    "ReplaceComparisonOperator_GtE_Gt",
    "ReplaceComparisonOperator_GtE_Lt",
    "ReplaceComparisonOperator_Gt_GtE",
    "ReplaceComparisonOperator_Gt_LtE",
    "ReplaceComparisonOperator_IsNot_Is",
    "ReplaceComparisonOperator_Is_IsNot",
    "ReplaceComparisonOperator_LtE_Gt",
    "ReplaceComparisonOperator_LtE_Lt",
    "ReplaceComparisonOperator_Lt_GtE",
    "ReplaceComparisonOperator_Lt_LtE",
    "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceContinueWithBreak",
    "ReplaceFalseWithTrue",
    "ReplaceOrWithAnd",
    "ReplaceTrueWithFalse",
    "ReplaceUnaryOperator_Delete_Invert",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceUnaryOperator_USub_UAdd",
    "ZeroIterationForLoop",
)

# Imported once, before a process is forked for each mutant.
WARM = (
    "hypothesis",
    "highspy",
    "jinja2",
    "matplotlib.figure",
    "numpy",
    "openpyxl",
    "pandas",
    "pulp",
    "pyarrow",
    "pylmcf",
    "pytest",
    "rich.console",
    "typer",
    "xlsxwriter",
)


def sources() -> dict[Path, str]:
    """Every file that is broken, with its folder in the table."""
    return {
        path: folder
        for folder, patterns in FOLDERS.items()
        for pattern in patterns
        for path in sorted(SOURCE.glob(pattern))
    }


def near(folder: str) -> set[str]:
    """The files of tests of a folder's own room, and of what every value of the library is."""
    patterns = (*NEAR.get(folder, ()), *LOOKING)
    return {path.relative_to(ROOT).as_posix() for one in patterns for path in ROOT.glob(one)}


def tests() -> list[Path]:
    """Every file whose tests may notice: the broken files have doctests."""
    found = {path for pattern in TESTS for path in ROOT.glob(pattern)}
    left_out = {path for pattern in LEFT_OUT for path in ROOT.glob(pattern)}
    return sorted(found - left_out) + list(sources())
