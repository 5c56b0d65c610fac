"""Accounts of partners that are no hospitals: what each gives, what that costs and brings it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from mutualaid.arguments import checks_arguments
from mutualaid.data.system import System
from mutualaid.model.arcs import Kind
from mutualaid.model.limits.partners_help import HELP
from mutualaid.model.limits.pools import pool_names
from mutualaid.model.model import Model
from mutualaid.outcomes.income_by_trust import income_table, read_tariff
from mutualaid.plan.accounts import Accounts
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.income import Income
from mutualaid.policy.partner import Partner
from mutualaid.solve.solver import Solution

GIVEN = ("partner", "pool", "provider", "spares", "period", "given", "spared")
CONTRACT = ("provider", "service", "at_most", "treated", "price", "paid")
ACCOUNT = ("partner", "takes_part", "cost", "fixed_cost", "benefit", "account", "at_least")


class PartnerAccounts(Accounts):
    """Accounts of a plan that partners take part in who treat nobody."""

    collaboration: Collaboration
    model: Model
    solution: Solution

    @cached_property
    def help_given(self) -> pd.DataFrame:
        """What partners that are no hospitals give: ``partners`` of a mode.

        ``partner``, ``pool`` (of the partner's), ``provider``, ``spares`` (a pool of that trust's),
        ``period``, ``given`` (whole units of the partner's), ``spared`` (of the trust's). Only rows
        in which something is given.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> plan.help_given.empty
        True
        """
        return help_table(self.model, self.solution, self.collaboration.partners)

    @cached_property
    def partner_accounts(self) -> pd.DataFrame:
        """The account of each partner that is no hospital, in money.

        A row a partner: ``takes_part``, ``cost`` (of what it gives), ``fixed_cost`` (0 where it
        takes no part), ``benefit`` (of what it spares, within its horizon), ``account`` (benefit
        less costs) and ``at_least`` (what it asks for where it takes part).

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> plan.partner_accounts.empty
        True
        """
        return account_table(self.system, self.collaboration.partners, self.help_given)

    @checks_arguments
    def income(self, tariff: object) -> pd.DataFrame:
        """What treatments pay whoever gives them, alone and together: who gains and who loses.

        In the provider's lens: money goes to who treats, whosever list the patient is on. It is no
        part of harm, nor of what a plan makes as small as can be.

        Parameters
        ----------
        tariff
            Money for a patient of each service; or a table of ``service``, ``money`` and, where
            patients have streams, ``stream``.

        Returns
        -------
        pandas.DataFrame
            A row a trust: ``provider``, ``alone``, ``together``, ``change``; of what comes
            together: ``from_others`` (for others' patients) and ``to_others`` (what its own
            patients pay where they are treated elsewhere).

        Raises
        ------
        InputError
            If the tariff cannot be used, or has nothing for what somebody is treated for.

        Examples
        --------
        >>> import mutualaid as ma
        >>> system = ma.datasets.collaborative(trusts=2, periods=2)
        >>> plan = ma.optimise(system)
        >>> paid = plan.income(dict.fromkeys(system.services, 1.0))
        >>> bool(paid["together"].sum() == plan.treatments["patients"].sum())
        True
        """
        asked = read_tariff(tariff, "stream" in self.entries)
        sides = self.entries, self.baseline_entries
        return income_table(*sides, asked, self.system.providers, self.system.periods)

    @cached_property
    def contracts(self) -> pd.DataFrame:
        """What is used of contracts for others' patients: ``income`` of a mode.

        A row a contract: ``provider``, ``service`` (empty: all), ``at_most``, ``treated``
        (patients of others, over the horizon), ``price`` (money a patient) and ``paid``.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> plan.contracts.empty
        True
        """
        return contract_table(self.collaboration.income, self.entries)


def contract_table(income: Income | None, table: pd.DataFrame) -> pd.DataFrame:
    """What is used of contracts: see :attr:`mutualaid.Plan.contracts`."""
    given = None if income is None else income.contracts
    if given is None:
        return pd.DataFrame(columns=list(CONTRACT))
    moved = table[table["moved"].to_numpy()]
    treated = []
    for who, service in zip(given["provider"], given["service"], strict=True):
        mine = (moved["provider"] == who).to_numpy()
        if service:
            mine = mine & (moved["service"] == service).to_numpy()
        treated.append(int(moved.loc[mine, "patients"].sum()))
    used = given.assign(treated=treated, paid=(given["price"] * treated).round(2))
    return used.astype({"at_most": np.int64})[list(CONTRACT)]


def help_table(model: Model, solution: Solution, partners: Sequence[Partner]) -> pd.DataFrame:
    """What partners give: see :attr:`mutualaid.Plan.help_given`."""
    rows, system = [], model.frame.system
    names = pool_names(system)
    chosen = solution.flow[model.means.arcs(Kind.CHOICE)].tolist() if partners else []
    for choice, given in zip(model.choices if partners else (), chosen, strict=True):
        kind, partner, resource, provider, pool, period = choice.key
        if kind == HELP.number and given:
            where = model.texts[partner], model.texts[resource], system.providers[provider]
            rows.append((*where, names[pool], period, given))
    table = pd.DataFrame(rows, columns=list(GIVEN[:-1]))
    each = {
        (one.name, pool, provider, spares): round(amount * 1000)
        for one in partners
        for pool, provider, spares, amount in one.spares[
            ["pool", "provider", "spares", "amount"]
        ].itertuples(index=False)
    }
    of = table[["partner", "pool", "provider", "spares"]].itertuples(index=False, name=None)
    amount = np.array([each[one] for one in of], dtype=np.int64)
    given_units = table["given"].to_numpy(dtype=np.int64)
    return table.assign(given=given_units, spared=amount * given_units / 1000)


def account_table(system: System, partners: Sequence[Partner], given: pd.DataFrame) -> pd.DataFrame:
    """The account of each partner: see :attr:`mutualaid.Plan.partner_accounts`."""
    rows = []
    for partner in partners:
        mine = given[(given["partner"] == partner.name).to_numpy()]
        counts = [partner.counts_benefit(int(p), system.period_weeks) for p in mine["period"]]
        cost = float((mine["pool"].map(dict(partner.costs)) * mine["given"]).sum())
        worth = mine["spares"].map(dict(partner.benefits)).fillna(0.0) * mine["spared"]
        benefit = float(worth[np.array(counts, dtype=bool)].sum())
        fixed = float(partner.fixed_cost) if len(mine) else 0.0
        account = round(benefit - cost - fixed, 2)
        amounts = round(cost, 2), fixed, round(benefit, 2), account, float(partner.at_least)
        rows.append((partner.name, bool(len(mine)), *amounts))
    return pd.DataFrame(rows, columns=list(ACCOUNT))
