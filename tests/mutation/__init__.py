"""Mutation: the library is broken in one small place at a time, and a test must notice."""
