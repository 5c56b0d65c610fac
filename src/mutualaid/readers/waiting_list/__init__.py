"""Lists of patients, one row each: from the files that people have, through named rooms.

Headings are recognised (``fields``, ``headings``), the file is opened (``source``), its cells are
read once for each of their values (``cells``, ``codes``, ``waits``, ``wishes``, ``people``), rows
are told apart (``identity``, ``distinct``) and all that was found is written down (``ledger``).
"""

from mutualaid.readers.waiting_list.read import read_waiting_list

__all__ = ["read_waiting_list"]
