"""What becomes of everybody, as tables and in the measures that the NHS reports."""
