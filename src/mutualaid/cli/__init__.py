"""The command line ``mutualaid``: from files to plans, pages and workbooks, without Python."""

from mutualaid.cli.app import main

__all__ = ["main"]
