"""The command line, as ``python -m mutualaid``."""

from mutualaid.cli import main

if __name__ == "__main__":
    main()
