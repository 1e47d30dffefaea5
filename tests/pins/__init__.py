"""What must not change while code is moved; the toy modules import each other by their names."""

import sys
from pathlib import Path

for _name in ("extractors", "hirenet_sales"):
    _folder = str(Path(__file__).parents[1] / _name)
    if _folder not in sys.path:
        sys.path.append(_folder)
