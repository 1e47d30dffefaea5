"""The command line `hirenet-sales`: commands parse options and print results."""

from hirenet_sales.cli.main import main

__all__ = ["main"]
