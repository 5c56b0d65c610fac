"""Scenario files: what they may say (the models), what is wrong in one, and what is made of it.

Every table of a file has a model, which holds its keys with their types, limits, usual values and
meanings. Messages, the file that ``mutualaid init`` writes and the schema for editors are made of
the models. They are imported when a scenario is read, and not before.
"""
