"""Question-aware, hierarchical analysis of asynchronous video interviews."""

__version__ = "0.1.0"
