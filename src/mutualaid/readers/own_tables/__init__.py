"""Everything that a plan needs from one workbook, or from a folder of files, without code."""
