"""Let test modules import the toy modules beside them; pytest's importlib mode alone does not."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
