"""The report: one self-contained page from an Assessment, and an index of several.

It reads an Assessment, and the media files it names only to embed recordings that a browser can
play. It never sees a model and adds no conclusion of its own.
"""

from hirenet_sales.report.index import ResultIndex
from hirenet_sales.report.page import write_report
from hirenet_sales.report.result_folder import ResultFolder, check_writable

__all__ = ["ResultFolder", "ResultIndex", "check_writable", "write_report"]
