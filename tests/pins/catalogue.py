"""Every pin by its name, which is that of its file in expected/."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.pins import expert, learning, use
from tests.pins.arithmetic import alike
from tests.pins.comparison import differences, rounded, thinned
from tests.pins.experiments import EXPERIMENTS
from tests.pins.workshop import Workshop

EXPECTED = Path(__file__).parent / "expected"


@dataclass(frozen=True)
class Pin:
    """What must not change.

    Attributes
    ----------
    make : the content, as JSON has it, from a workshop
    relative, absolute : how far a number may move
    elsewhere : takes the place of both where the processor rounds differently (arithmetic.py)
    whole : every value is compared, not a summary of many
    slow : left out of the quick tests, which do the like in another way
    """

    make: Callable[[Workshop], Any]
    relative: float = 1e-5
    absolute: float = 1e-6
    elsewhere: float | None = None
    whole: bool = False
    slow: bool = False

    def tolerance(self) -> dict[str, float]:
        """How far a number may move on this machine."""
        if self.elsewhere is not None and not alike():
            return {"relative": self.elsewhere, "absolute": self.elsewhere}
        return {"relative": self.relative, "absolute": self.absolute}


ESTIMATES: dict[str, Any] = {"relative": 0.0, "absolute": 1e-5, "whole": True}
# With the kernels of AVX2 in place of those of AVX-512: a probability of a word moves by 1.3e-5 of
# itself, what has been trained by up to 0.04 (a coverage, where an error is as large as its
# interval). The number of threads moves nothing.
RECOGNISED, LEARNT = 1e-3, 0.05


QUICK = "fused"  # the one model that the quick tests train, evaluate and use by command


def _learnt(make: Callable[[Workshop], Any], *, slow: bool = True) -> Pin:
    return Pin(make, elsewhere=LEARNT, slow=slow)


def _by_model(verb: str, make: Callable[[str], Callable[[Workshop], Any]]) -> dict[str, Pin]:
    return {f"{verb}_{name}": _learnt(make(name), slow=name != QUICK) for name in learning.MODELS}


PINS: dict[str, Pin] = {
    "sample": Pin(use.sample, **ESTIMATES),
    "real_clips": Pin(use.real_clips, **ESTIMATES, slow=True),
    "sample_remainder": Pin(use.sample_remainder, elsewhere=RECOGNISED),
    "small_interview": Pin(use.small_interview),
    "store": Pin(use.store),
    "schema": Pin(use.schema),
    "template": Pin(use.template),
    "doctor": Pin(use.doctor),
    "ipip50_score": Pin(expert.ipip50_score),
    "ipip50_norms": Pin(expert.ipip50_norms),
    "ipip50_items": Pin(expert.ipip50_items),
    "rules_show": Pin(expert.rules_show),
    "rules_check": Pin(expert.rules_check),
    "rules_fit": Pin(expert.rules_fit),
    "clusters": Pin(expert.clusters),
    "profiles": Pin(expert.profiles),
    "data_cards": Pin(learning.data_cards),
    "data_check": Pin(learning.data_check),
    "models": Pin(learning.models),
    "evaluate_fi-v2": _learnt(learning.evaluate_fi_v2),
    "train_release": _learnt(learning.train_release),
    "evaluate_release": _learnt(learning.evaluate_release),
    **_by_model("train", learning.train_model),
    **_by_model("evaluate", learning.evaluate_model),
    **_by_model("analyze", learning.analyze_model),
    "evaluate_recordings": _learnt(learning.evaluate_recordings),
    "experiment_list": Pin(learning.experiment_list),
    **{f"experiment_{name}": _learnt(learning.experiment(name)) for name in EXPERIMENTS},
    "salience": _learnt(learning.salience),
}


def changes(name: str, content: Any) -> list[str]:
    """How the content of a pin differs from what is expected of it, a line each."""
    path = EXPECTED / f"{name}.json"
    if not path.is_file():
        return ["nothing is expected yet"]
    expected = json.loads(path.read_text(encoding="utf-8"))
    return differences(expected, compared(name, content), **PINS[name].tolerance())


def compared(name: str, content: Any) -> Any:
    """What of a pin is compared."""
    return content if PINS[name].whole else thinned(content)


def write(name: str, content: Any) -> None:
    """Expect this content from now on."""
    EXPECTED.mkdir(exist_ok=True)
    save(compared(name, content), EXPECTED / f"{name}.json")


def save(content: Any, path: Path) -> None:
    """Write JSON that differs no more than its numbers do."""
    text = json.dumps(rounded(content), indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
