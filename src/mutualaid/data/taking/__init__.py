"""Taking in one table: its headings, its words, its months and its totals."""
