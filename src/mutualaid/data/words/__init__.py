"""What headings and words of other people's tables mean: one vocabulary for every reader."""
