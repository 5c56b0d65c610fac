"""Readable names for the variables and rows of a model."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from mutualaid.model.arcs import Kind
from mutualaid.model.limits.row_labels import choice_sentences, row_sentences
from mutualaid.model.model import Model
from mutualaid.policy.harm import SCALE

ODD = re.compile(r"[^A-Za-z0-9]+")


def _plain(texts: pd.Series) -> pd.Series:
    """Reduce text to letters, digits and single underscores, which every model format allows."""
    return texts.str.replace(ODD, "_", regex=True)


def _unique(names: pd.Series) -> list[str]:
    """Make names unique by appending the position where two are equal."""
    twice = names.duplicated(keep=False)
    return names.where(~twice, names + "_n" + names.index.astype(str)).to_list()


def _queues(model: Model) -> pd.Series:
    labels = model.frame.queues.labels
    return labels.astype(str).agg("_".join, axis=1)


def arc_table(model: Model) -> pd.DataFrame:
    """Table of the arcs of a model and what they stand for.

    Returns
    -------
    pandas.DataFrame
        ``name`` (of the variable), ``kind`` (``treat``, ``wait``, ``slots``, ``release``,
        ``direct``, ``choice``, ``rest``, ``booked``), ``origin``, ``service`` and the other columns
        of the queues, ``provider``, ``period``, ``upper`` (patients) and ``cost`` (harm-weeks a
        patient).
    """
    means, network, frame = model.means, model.network, model.frame
    queues, providers = frame.queues, np.array([*frame.system.providers, ""], dtype=object)
    where = np.full(network.arcs, len(providers) - 1)
    at = means.pair >= 0
    where[at] = frame.slots.provider[means.pair[at]]
    kinds = np.array([kind.name.lower() for kind in Kind], dtype=object)
    table = pd.DataFrame({"kind": kinds[means.kind]})
    queue = np.where(means.queue >= 0, means.queue, 0)
    known = means.queue >= 0
    for name in queues.labels.columns:
        values = queues.labels[name].astype(object).to_numpy()
        table[name] = np.where(known, values[queue], "") if len(values) else ""
    of_pair = np.where(at, means.pair, 0)
    if len(frame.slots.line):
        line = frame.slots.line[of_pair]
        for name, labels in frame.system.lines.columns_of(line).items():
            table[name] = np.where(known, table[name], np.asarray(labels, dtype=object))
    table["provider"] = providers[where]
    table["period"] = means.period
    table["upper"] = network.capacity
    table["cost"] = network.cost / SCALE
    table.insert(0, "name", arc_names(model))
    return table


def arc_names(model: Model) -> list[str]:
    """A unique, readable name for each arc.

    Such as ``treat_XA1_C_110_P3_at_XB2_t4``: patients of that queue treated at XB2 in period 4.
    """
    means, frame = model.means, model.frame
    queue = np.append(_queues(model).to_numpy(dtype=object), "")[means.queue]
    where = np.array([*frame.system.providers, ""], dtype=object)
    pair_provider = np.append(frame.slots.provider, len(where) - 1)
    place = where[pair_provider[means.pair]]
    line = np.array([*map("_".join, frame.system.lines.labels), ""], dtype=object)
    pair_line = np.append(frame.slots.line, len(line) - 1)
    of_pair = line[pair_line[means.pair]]
    age = np.append(frame.queues.lot_weeks, 0)[means.lot]
    time = means.period.astype(str).astype(object)
    harm = model.network.cost.astype(str).astype(object)
    aged = np.where(age < 0, "minus", "") + np.abs(age).astype(str).astype(object)
    lot = np.where(means.lot >= 0, "_from_" + aged + "_weeks", "_harm_" + harm)
    lot = np.where((means.kind == Kind.WAIT) & (means.pair >= 0), lot + "_booked", lot)
    by_kind = {
        Kind.TREAT: "treat_" + queue + "_at_" + place + "_t" + time,
        Kind.WAIT: "wait_" + queue + lot + "_t" + time,
        Kind.SLOTS: "slots_" + place + "_" + of_pair + "_t" + time,
        Kind.RELEASE: "release_" + queue + lot + "_t" + time,
        Kind.DIRECT: "home_" + queue + lot + "_t" + time,
        Kind.CHOICE: "choose_" + _choices(model),
        Kind.REST: "leave_" + _choices(model),
        Kind.BOOKED: "booked_" + queue + "_t" + time,
        Kind.STAY: "stay_" + queue + "_t" + time,
    }
    names = np.full(len(means.kind), "", dtype=object)
    for kind, texts in by_kind.items():
        names = np.where(means.kind == kind, texts, names)
    return _unique(_plain(pd.Series(names, dtype=str)))


def _choices(model: Model) -> np.ndarray:
    """The name of each arc's choice, empty for arcs of patients."""
    result = np.full(len(model.means.kind), "", dtype=object)
    names = choice_sentences(model)
    for kind in (Kind.CHOICE, Kind.REST):
        result[model.means.arcs(kind)] = names
    return result


def row_names(model: Model) -> list[str]:
    """A unique, readable name for each side row."""
    return _unique(_plain("limit_" + pd.Series(row_sentences(model), dtype=str)))


def node_names(model: Model) -> list[str]:
    """A unique, readable name for the balance of each node."""
    means, network = model.means, model.network
    names = np.array([f"balance_{node}" for node in range(network.nodes)], dtype=object)
    arcs = np.array(arc_names(model), dtype=object)
    for kind, ends, start in (
        (Kind.TREAT, network.tail, "list_of_"),
        (Kind.WAIT, network.tail, "list_"),
        (Kind.SLOTS, network.tail, "room_"),
    ):
        of_kind = means.arcs(kind)
        names[ends[of_kind]] = start + arcs[of_kind]
    return _unique(_plain(pd.Series(names, dtype=str)))
