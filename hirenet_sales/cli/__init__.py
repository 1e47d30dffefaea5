"""The command line: `hirenet-sales`. Commands parse and print; the work is done below."""

from hirenet_sales.cli.main import main

__all__ = ["main"]
