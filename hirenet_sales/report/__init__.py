"""The report: one self-contained page from an Assessment, and an index of several.

It reads an Assessment, and recordings that were prepared for it only to embed them. It never sees a
model and adds no conclusion of its own.
"""

from hirenet_sales.report.index import ResultIndex
from hirenet_sales.report.page import write_report
from hirenet_sales.report.player import Viewable
from hirenet_sales.report.result_folder import ResultFolder, check_writable

__all__ = ["ResultFolder", "ResultIndex", "Viewable", "check_writable", "write_report"]
