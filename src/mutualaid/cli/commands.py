"""What each command does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from mutualaid.atomic_write import written_whole
from mutualaid.cli import identify
from mutualaid.cli.console import UNUSABLE, WRONG_CALL, progress, say, table
from mutualaid.cli.outputs import (
    NAMES_OF_TABLES,
    asked_of_ladder,
    calls_options,
    check_outputs,
    coarse_note,
    hidden,
    ladder_table,
    modes_of_ladder,
    named_for,
    plan_table,
    system_line,
    targets_table,
    three_table,
    write,
)
from mutualaid.cli.outputs import free as free_of_inputs
from mutualaid.cli.plan_file import read_plan_file, write_plan_file
from mutualaid.cli.scenario.from_options import LADDER, Asked
from mutualaid.cli.scenario.problems import ScenarioFileError, meant, told
from mutualaid.cli.scenario.ready import ScenarioFile
from mutualaid.datasets import collaborative
from mutualaid.datasets.made_up_system import NAMES
from mutualaid.disclosure.several_plans import counts_of
from mutualaid.disclosure.suppression import THRESHOLD, check_threshold
from mutualaid.errors import InputError
from mutualaid.formats import many
from mutualaid.patients.answers import day_of, read_answers
from mutualaid.patients.replanning import Replan, replan
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import optimise
from mutualaid.policy.policy import Policy
from mutualaid.report import rules_text
from mutualaid.report.blank_workbook import write_template
from mutualaid.studies.run_ladder import ladder as make_ladder
from mutualaid.studies.rungs import Ladder

TITLE = "A made-up hospital collaborative: the mutualaid demo"
"""The title of the demo's page, by which it is known again."""
RUNGS, STEPS = 4, 2
"""How many steps a ladder and a plan tell of: see their ``progress``."""


def demo(out: Path, *, force: bool) -> None:
    """Plan the bundled collaborative, and write a page."""
    if out.exists() and not force and TITLE not in _text(out):
        raise InputError(f"{out} is there and no demo wrote it: use --force or --out")
    system = collaborative()
    say(f"{system}\nNobody in it exists.\n")
    with progress(RUNGS) as step:
        rungs = make_ladder(system, Policy(), progress=step)
    say(table(ladder_table(rungs, THRESHOLD)))
    say(f"\n{coarse_note(rungs.plans['Deep'], THRESHOLD)}")
    names = dict(zip(system.providers, NAMES, strict=False))
    rungs.to_html(out, title=TITLE, names=names)
    say(f"\n{rungs.plans['Deep'].certificate}")
    say(f"The page: {out.resolve()}")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"{path} cannot be replaced: {error.strerror or error}") from error


def init(path: Path, *, force: bool) -> None:
    """Write a commented scenario file."""
    from mutualaid.cli.scenario.template import template

    _save(path, template(path.name), force=force)
    say(f"wrote {path}: plan it with: mutualaid solve {path}")


def template(path: Path, *, force: bool) -> None:
    """Write a workbook to fill in."""
    if path.exists() and not force:
        raise InputError(f"{path} is there: use --force to replace it, or another name")
    write_template(path)
    say(f"wrote {path}: fill it in, then plan it with: mutualaid solve {path}")


def schema(path: Path, *, force: bool) -> None:
    """Write the JSON schema of scenario files."""
    from mutualaid.cli.scenario.schema_file import schema_text

    _save(path, schema_text(), force=force)
    say(f"wrote {path}: scenario files beside it name it in their first line")


def _save(path: Path, text: str, *, force: bool) -> None:
    if path.exists() and not force:
        raise InputError(f"{path} is there: use --force to replace it, or another name")
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def check(files: Sequence[Path], kind: str | None, census: str | None) -> None:
    """Say what files are, and how good; the exit code says whether all can be used."""
    if kind is not None and kind not in identify.KINDS:
        _wrong_call(f"--as {told(kind)} is no kind of file: {meant(kind, identify.KINDS)}")
    from mutualaid.cli.own_words import in_own_words, of_check, of_rules

    code, found = 0, []
    for path in files:
        is_a = kind
        try:
            is_a = kind or identify.kind_of(path)
            one = identify.check(path, is_a, census)
        except InputError as error:
            code = max(code, WRONG_CALL if isinstance(error, identify.AmbiguousError) else UNUSABLE)
            name = "" if isinstance(error, ScenarioFileError) else f"{path.name}: "
            named = of_rules if is_a == "system" else of_check
            say(f"Error: {name}{in_own_words(str(error), named)}", error=True)
            continue
        found.append(one)
        say(f"{path.name}: {one.kind.replace('_', ' ')}\n{one.says}")
        if one.quality is not None and len(one.quality):
            say(table(one.quality))
        say()
    system = None if code else identify.against_each_other(found)
    if system is not None:
        say(f"Together: {system}")
    if code:
        raise typer.Exit(code)


def _wrong_call(text: str) -> None:
    say(f"Error: {text}", error=True)
    raise typer.Exit(WRONG_CALL)


def solve(
    path: Path,
    csv: Sequence[str] | None,
    parquet: Sequence[str] | None,
    *,
    identifiers: bool,
) -> None:
    """Plan a scenario file with its mode."""
    scenario = _with_tables(_read(path), csv, parquet, identifiers=identifiers)
    _written(scenario, _planned(scenario), path)


def ladder(
    path: Path,
    csv: Sequence[str] | None,
    parquet: Sequence[str] | None,
    *,
    identifiers: bool,
) -> None:
    """Plan a scenario file in four ways."""
    scenario = _with_tables(_read(path), csv, parquet, identifiers=identifiers)
    _written(scenario, _climbed(scenario), path)


def rtt(*, save_scenario: Path | None, force: bool, **options: Any) -> None:
    """Plan NHS England's file."""
    from mutualaid.cli.scenario.mode_keys import MODES
    from mutualaid.cli.scenario.read import read_scenario

    asked = Asked(**options)
    text = asked.toml(Path())
    if asked.mode != LADDER and asked.mode not in MODES:
        _wrong_call(f"--mode {told(asked.mode)}: {meant(asked.mode, [LADDER, *MODES])}")
    scenario = read_scenario(
        text, name="the call", folder=Path(), stem=asked.stem, with_lines=False
    )
    if save_scenario is not None:
        _save(save_scenario, asked.toml(save_scenario.parent), force=force)
        say(f"wrote {save_scenario}")
    _written(scenario, _climbed(scenario) if asked.mode == LADDER else _planned(scenario), None)


def answers(files: Sequence[Path], today: dt.datetime | None) -> None:
    """Go on from lists with answers, one after another, and write the next list to ring."""
    if len(files) < 2:
        _wrong_call("answers takes the lists, in their order, and the scenario file behind them")
    *lists, path = files
    scenario = _read(path)
    people = scenario.loaded.patients
    if people is None:
        raise InputError(f"{scenario.name} has no extract, so that nobody was asked by name")
    ending = f"-calls-{len(lists) + 1}.xlsx"
    place = scenario.outputs.path("calls", scenario.folder, f"{scenario.stem}-calls.xlsx")
    place = free_of_inputs(
        scenario.folder / scenario.outputs.folder / f"{scenario.stem}{ending}"
        if place is None
        else place.with_name(f"{place.stem.removesuffix('-calls')}{ending}"),
        scenario,
    )
    if place.resolve() in {one.resolve() for one in lists}:
        raise InputError(f"{place} is a list with answers and would be replaced: rename it")
    options, threshold = calls_options(scenario), scenario.outputs.suppress_below
    plan, made = _saved_or_planned(scenario), None
    again: Replan | None = None
    for one in lists:
        day = {**options, "today": day_of(one)}
        calls = plan.call_list(people, **day) if again is None else again.call_list(**day)
        again = replan(plan, read_answers(one, calls), people, offers=made)
        plan, people, made = again.plan, again.patients, again.offers
        counts = zip(again.counts["response"], again.counts["patients"], strict=True)
        told = [f"{hidden(count, threshold)} {word}" for word, count in counts if count]
        say(f"{one.name}: {', '.join(told) or 'no answers'}")
        if len(again.overfilled):
            say("More have accepted than there are slots in some place: see Replan.overfilled")
    if again is not None:
        last = {**options, "today": today.date() if today else day_of(lists[-1])}
        calls = again.call_list(**last)
        place.parent.mkdir(parents=True, exist_ok=True)
        say(f"{plan.certificate}")
        say(f"wrote {calls.write(place)}: {many(len(calls), 'call')}")


def _saved_or_planned(scenario: ScenarioFile) -> Plan:
    """The plan that was written, certified and audited anew; planned, if none was."""
    place = scenario.outputs.path("plan", scenario.folder, f"{scenario.stem}.npz")
    if place is None or not place.exists():
        return _planned(scenario)
    (plan,) = read_plan_file(place).plans(scenario, (scenario.collaboration,))
    return plan


def report(path: Path, scenario: Path | None, suppress_below: int | None) -> None:
    """Write the outputs of a plan file again."""
    saved = read_plan_file(path)
    ready = _read(scenario or saved.scenario)
    if suppress_below is not None:
        hidden = {"suppress_below": check_threshold(suppress_below)}
        ready = replace(ready, outputs=ready.outputs.model_copy(update=hidden))
    mode = ready.collaboration
    made: Plan | Ladder
    if saved.is_ladder:
        plans = saved.plans(ready, modes_of_ladder(mode))
        made = Ladder(plans={plan.collaboration.name: plan for plan in plans})
    else:
        (made,) = saved.plans(ready, (mode,))
    _written(ready, made, None)


def _read(path: Path) -> ScenarioFile:
    from mutualaid.cli.scenario.read import read_scenario_file

    scenario = read_scenario_file(path)
    check_outputs(scenario)
    return scenario


def _with_tables(
    scenario: ScenarioFile,
    csv: Sequence[str] | None,
    parquet: Sequence[str] | None,
    *,
    identifiers: bool,
) -> ScenarioFile:
    """A scenario that writes these tables besides those that it asks for."""
    outputs = scenario.outputs
    named = {"identifiers": True} if identifiers else {}
    asked = {"csv": [*outputs.csv, *(csv or ())], "parquet": [*outputs.parquet, *(parquet or ())]}
    for option, tables in asked.items():
        for one in tables:
            if one not in NAMES_OF_TABLES:
                _wrong_call(f"--{option} {told(one)} is no table: {meant(one, NAMES_OF_TABLES)}")
    each = {option: list(dict.fromkeys(tables)) for option, tables in asked.items()}
    changed = replace(scenario, outputs=outputs.model_copy(update={**each, **named}))
    check_outputs(changed)
    return changed


def _planned(scenario: ScenarioFile) -> Plan:
    with scenario.problems.explained(scenario.place), progress(STEPS) as step:
        return optimise(
            scenario.system,
            scenario.policy,
            scenario.collaboration,
            targets=scenario.targets,
            progress=step,
            **scenario.options,
        )


def _climbed(scenario: ScenarioFile) -> Ladder:
    own = ("solver", "time_limit", "threads", "mip_gap")
    unused = [name for name in scenario.options if name not in own]
    unused += ["target"] * bool(scenario.targets)
    if unused:
        raise InputError(
            f"a ladder takes no {', '.join(unused)}: leave them out of {scenario.name}, or solve it"
        )
    mode = scenario.collaboration
    with scenario.problems.explained(scenario.place), progress(RUNGS) as step:
        return make_ladder(
            scenario.system,
            scenario.policy,
            **asked_of_ladder(mode),
            progress=step,
            **scenario.options,
        )


def _written(scenario: ScenarioFile, made: Plan | Ladder, source: Path | None) -> None:
    """Show a plan or a ladder, and write all that is asked for."""
    _shown(scenario, made)
    # First, so that a plan that took long is kept whatever becomes of the rest.
    place = scenario.outputs.path("plan", scenario.folder, f"{scenario.stem}.npz")
    if source is not None and place is not None:
        plans = [made] if isinstance(made, Plan) else list(made.plans.values())
        is_ladder = isinstance(made, Ladder)
        free = free_of_inputs(named_for(place, made), scenario)
        free.parent.mkdir(parents=True, exist_ok=True)
        say(f"wrote {write_plan_file(free, scenario, source, plans, ladder=is_ladder)}")
    for path in write(scenario, made):
        say(f"wrote {path}")


def _shown(scenario: ScenarioFile, made: Plan | Ladder) -> None:
    threshold = scenario.outputs.suppress_below
    plan = made if isinstance(made, Plan) else next(iter(made.plans.values()))
    say(f"{system_line(scenario.system, counts_of(plan, threshold))}\n")
    if isinstance(made, Plan):
        say(table(plan_table(made, threshold)))
        if made.asked_targets:
            say(f"\n{table(targets_table(made, threshold))}")
        said = [*rules_text.promised(made.collaboration), *_gaining(made, threshold)]
        say("\n".join(["", str(made.certificate), *said, ""]))
    else:
        last = list(made.plans.values())[-1]
        say(f"{table(ladder_table(made, threshold))}\n")
        for line in rules_text.promised_by_each(p.collaboration for p in made.plans.values()):
            say(f"{line}\n")
        for line in _gaining(last, threshold):
            say(f"{line}\n")
    three = three_table(made, threshold)
    if three is not None:
        say(f"{table(three)}\n")
    for line in (*rules_text.alone(scenario.system), *rules_text.notes(scenario.system, threshold)):
        say(line)
    say()
    if note := coarse_note(plan, threshold):
        say(f"{note}\n")


def _gaining(plan: Plan, threshold: int) -> list[str]:
    coarse = counts_of(plan, threshold).coarse
    return rules_text.price_of_gaining(plan, None if coarse is None else coarse.harm)
