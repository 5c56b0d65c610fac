"""Lists of patients, one row each: from the files that people have, through named rooms.

Headings are recognised (``column_mapping``), the file is opened (``source``), its cells are read
once for each of their values (``parse``, ``codes``, ``dates``, ``wait_columns``,
``travel_preferences``, ``attributes``), rows are told apart (``identity``, ``duplicates``) and all
that was found is written down (``quality_log``).
"""

from mutualaid.readers.waiting_list.read import read_waiting_list

__all__ = ["read_waiting_list"]
