"""The words of a workbook explained, its rule about small numbers, and who decides."""

from __future__ import annotations

import pandas as pd

WORDS = {
    "Who decides": "People do. The plan is arithmetic on what it was told about lists, capacity "
    "and travel. Clinicians judge whether a patient can go; patients choose whether they want to; "
    "trusts agree to give and to take.",
    "Alone": "What the same trusts would do with the same capacity if nobody helped anybody and "
    "each treated its longest waiters first: an ideal order that no hospital keeps. No forecast.",
    "Together": "What the plan does.",
    "Trust, provider, origin": "A provider treats. The origin is the provider on whose list the "
    "patient is. Figures by trust follow its own patients, wherever they are treated.",
    "Service": "A treatment function, such as C_110 (trauma and orthopaedics), or a finer label.",
    "Lane": "An origin, a provider and a service between which patients move.",
    "Move": "A patient who is treated at another provider than the origin. The clock runs on.",
    "Slot": "Capacity to treat one patient of one service at one provider in one period.",
    "Period": "A stretch of weeks from the census on: see the horizon on the first sheet.",
    "Over 18, 52, 65 weeks": "Patients who have waited so many weeks or more, at the end of the "
    "horizon, by NHS England's weekly bands.",
    "Harm-week": "What waiting costs. With a rate of 1 it is a week of one patient's waiting; "
    "rates that rise with the wait count long waits for more. They are judgements: see the rules.",
    "One more slot would save": "By how many harm-weeks the total would fall with one more slot at "
    "that provider, for that service, in that period.",
    "If everybody accepts": "Without a view of how many patients accept, the plan moves everybody "
    "whom it asks. Far fewer may go: between a fifth and two thirds accepted in published schemes.",
}


def glossary(threshold: int) -> pd.DataFrame:
    """What the words mean: ``Word``, ``Meaning``; with the rule about small numbers.

    Examples
    --------
    >>> glossary(5).iloc[-1, 0]
    'Small numbers'
    """
    rule = "All counts are shown as they are. Do not pass this file on without thought."
    if threshold:
        rule = (
            f"A count of 1 to {threshold - 1} is shown as <{threshold}. Where totals would give it "
            "away further numbers are shown as *, which can stand for any number from 0; so are "
            "changes, means and dates that rest on hidden numbers. They are chosen for the whole "
            "workbook together so that nobody can tell any small number, even with all totals. Do "
            "not publish it beside another workbook, or file, about the same patients: what one "
            "hides the other may show."
        )
    rows = [*WORDS.items(), ("Small numbers", rule)]
    return pd.DataFrame(rows, columns=["Word", "Meaning"])
