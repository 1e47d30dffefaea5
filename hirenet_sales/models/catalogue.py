"""Every model by name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from hirenet_sales.errors import ConfigError
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.model import Model
from hirenet_sales.yaml_model import did_you_mean

if TYPE_CHECKING:
    ENTRIES: dict[str, Entry]

# The module of models that each entry stands in. It is imported when the model is asked for: one in
# use brings nothing of the others, with which it would take 70 MB more.
MODULE_OF = {
    **dict.fromkeys(
        (
            "hirenet",
            "hirenet_question_in_attention",
            "hn_satt",
            "hn_satt_no_question",
            "hn_avg",
            "hn_avg_no_question",
            "bigru",
        ),
        "hirenet_family",
    ),
    **dict.fromkeys(("fused", "gated", "cross_modal"), "joint_fusion"),
    "fused_ensemble": "ensemble",
    "question_ensemble": "question_ensemble",
    "non_sequential": "non_sequential",
    "bag_of_words": "bags",
    "tfidf_ridge": "tfidf_ridge",
    **dict.fromkeys(("random_vote", "majority_vote"), "votes"),
    "early_fusion": "early_fusion",
    "late_fusion": "late_fusion",
    "cnn_lstm": "cnn_lstm",
    "crnet": "crnet",
    "deep_impression": "deep_impression",
}
# Models that compare a question with what is answered, in English, and read no job title.
QUESTION_MATCHERS = ("question_ensemble",)
_imported: dict[str, Entry] = {}


def build_model(name: str, streams: Sequence[str], **options: Any) -> Model:
    """An unfitted model.

    Parameters
    ----------
    name : one of the catalogue
    streams : names of the streams it shall read
    options : see the entry's options

    Raises
    ------
    ConfigError
        with every problem: an unknown model or option, a value out of range, several streams for a
        model that reads one.
    """
    if name not in _imported and name not in MODULE_OF:
        raise ConfigError(f"no model '{name}'{did_you_mean(name, list(MODULE_OF))}")
    return _entry(name).make(streams, options)


def _entry(name: str) -> Entry:
    if name not in _imported:
        module = import_module(f"hirenet_sales.models.{MODULE_OF[name]}")
        _imported.update({entry.name: entry for entry in module.ENTRIES})
    return _imported[name]


def __getattr__(name: str) -> Any:
    if name != "ENTRIES":
        raise AttributeError(f"module {__name__} has no attribute {name}")
    entries = {model: _entry(model) for model in MODULE_OF}  # in this order
    _imported.clear()
    _imported.update(entries)
    globals()[name] = _imported
    return _imported
