"""Small experiments, one or more of each kind, as their YAML says them."""

from __future__ import annotations

from typing import Any

from hirenet_sales.traits import TRAITS
from tests.pins.workshop import DATASET

QUIET: dict[str, Any] = {"epochs": 1, "loggers": [], "progress": False}
SMALL: dict[str, Any] = {
    **QUIET,
    "projection": 8,
    "answer_hidden": 4,
    "interview_hidden": 4,
    "context_hidden": 4,
    "attention_hidden": 8,
}
TWICE = {**SMALL, "epochs": 2}
PICTURES: dict[str, Any] = {"streams": ["frames"], "size_px": 48, "per_answer": 3}
FROZEN = {"freeze_before": "all", "input_px": 48, "epochs": 1}
PLANTED = {"name": "planted", "streams": ["text", "audio"], "options": {"interviews": 60}}
BOTH_SPLITS = [{"kind": "official"}, {"kind": "disjoint"}]

EXPERIMENTS: dict[str, dict[str, Any]] = {
    "networks": {
        "name": "networks",
        "kind": "table",
        "title": "Networks of the catalogue",
        "seeds": [0],
        "reference": "hirenet",
        "data": PLANTED,
        "rows": [
            *({"model": m, "options": TWICE} for m in ("hirenet", "hn_satt", "hn_avg", "bigru")),
            *(
                {"model": model, "streams": "together", "options": TWICE}
                for model in ("fused", "gated", "cross_modal")
            ),
            *(
                {
                    "model": "hirenet",
                    "streams": ["text"],
                    "questions": questions,
                    "options": SMALL,
                }
                for questions in ("shuffled", "none")
            ),
            {"model": "late_fusion", "streams": "together", "options": {"model_options": SMALL}},
        ],
    },
    "classic": {
        "name": "classic",
        "kind": "table",
        "title": "Classic models of the catalogue",
        "seeds": [0],
        "data": PLANTED,
        "rows": [
            *({"model": m, "streams": "together"} for m in ("random_vote", "majority_vote")),
            {
                "model": "non_sequential",
                "options": {"classifier": "ridge", "document_size": 8, "document_epochs": 2},
            },
            {"model": "bag_of_words", "streams": ["text"], "options": {"classifier": "svm"}},
            {
                "model": "bag_of_words",
                "label": "forest",
                "streams": ["audio"],
                "options": {"classifier": "forest"},
            },
            {
                "model": "early_fusion",
                "streams": "together",
                "options": {"classifier": "ridge", "model_options": SMALL},
            },
        ],
    },
    "clips": {
        "name": "clips",
        "kind": "table",
        "title": "First Impressions V2",
        "seeds": [0, 1],
        "reference": "fused",
        "published": "first_impressions_v2",
        "data": {"name": DATASET, "streams": ["text", "audio", "visual"]},
        "splits": BOTH_SPLITS,
        "rows": [
            {"model": "fused", "streams": "together", "options": SMALL},
            {"model": "hn_avg", "streams": ["audio"], "options": SMALL},
        ],
    },
    "planted": {
        "name": "planted",
        "kind": "planted",
        "title": "Does attention find what was planted?",
        "seeds": [0, 1],
        "models": [{"model": model, "options": TWICE} for model in ("hirenet", "hn_avg")],
        "streams": ["text"],
        "interviews": 60,
        "steps": [8],
    },
    "crnet": {
        "name": "crnet",
        "kind": "table",
        "title": "CR-Net",
        "seeds": [0],
        "published": "crnet2020",
        "data": {
            "name": DATASET,
            "streams": ["scenes", "frames"],
            "targets": [*TRAITS, "interview"],
            "size_px": 32,
        },
        "splits": BOTH_SPLITS,
        "averaged": list(TRAITS),
        "measures": ["one_minus_mae", "r", "one_minus_mae_interview"],
        "differences": ["ccc", "sd_ratio"],
        "columns": ["head", "losses", "classes", "regressor"],
        "reference": "plain",
        "defaults": {
            "crnet": {
                "depth": 18,
                "width": 4,
                "input_px": 32,
                "segments": 1,
                "shown": 2,
                "classification_epochs": 1,
                "regression_epochs": 1,
                "decays": 0,
                "batch": 16,
                "regressor": None,
                "trees": 5,
            },
        },
        "rows": [
            {
                "model": "crnet",
                "label": "plain",
                "streams": ["frames"],
                "options": {"head": "plain", "losses": ["l1", "mse"]},
            },
            {"model": "crnet", "label": "cr-block", "streams": ["frames"]},
            {"model": "crnet", "label": "scene", "streams": ["scenes"]},
            *(
                {
                    "model": "crnet",
                    "label": regressor,
                    "streams": "together",
                    "options": {"regressor": regressor},
                }
                for regressor in ("svr", "extra-trees")
            ),
        ],
    },
    "cnn_lstm_table": {
        "name": "backbones",
        "kind": "table",
        "title": "Backbones",
        "seeds": [0, 1],
        "published": "kassab2022",
        "not_run": True,
        "columns": ["backbone"],
        "measures": ["one_minus_mae", "mse", "skill", "r", "ccc", "sd_ratio"],
        "digits": 4,
        "data": {"name": DATASET, **PICTURES},
        "splits": BOTH_SPLITS,
        "rows": [
            {"model": "cnn_lstm", "label": "frozen", "streams": ["frames"], "options": FROZEN},
            {
                "model": "cnn_lstm",
                "label": "few",
                "streams": ["frames"],
                "options": {**FROZEN, "freeze_before": "_conv_head"},
                "most": {"train": 4, "validation": 2, "test": 3},
                "seeds": [0],
            },
        ],
    },
    "finetune": {
        "name": "second",
        "kind": "finetune",
        "title": "Second phase",
        "published": "kassab2022",
        "data": {"name": "recorded", "level": "answer", **PICTURES},
        "first": FROZEN,
        "second": FROZEN,
        "answers": 4,
    },
    "clusters": {
        "name": "clusters",
        "kind": "clusters",
        "title": "Clusters of labels",
        "ks": [2],
        "data": {"name": DATASET, **PICTURES},
    },
    "occlusion": {
        "name": "masks",
        "kind": "occlusion",
        "title": "Masked regions",
        "published": "deep_impression2017",
        "clips": 10,
        "mask_px": 40,
        "step_px": 64,
    },
}


def dataset_of(experiment: dict[str, Any]) -> str:
    """The name of the data that it reads."""
    if experiment["kind"] == "planted":
        return "planted"
    return experiment.get("data", {"name": DATASET})["name"]
