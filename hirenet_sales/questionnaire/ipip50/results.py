"""Results of scored sheets: summary of a sample, and one row a person compared with norms."""

from __future__ import annotations

from typing import Any

import numpy as np

from hirenet_sales.questionnaire.ipip50.items import (
    HIGHEST_SUM,
    ITEMS_PER_SCALE,
    LOWEST_SUM,
    questionnaire,
)
from hirenet_sales.questionnaire.ipip50.norm_tables import Norms
from hirenet_sales.questionnaire.ipip50.reliability import (
    alpha_interval,
    cronbach_alpha,
    omega_total,
)
from hirenet_sales.questionnaire.ipip50.scoring import MIN_ANSWERED, ScaleScores
from hirenet_sales.questionnaire.ipip50.sheets import AnswerSheets
from hirenet_sales.traits import TRAITS, flip_polarity

MISSING_RULE = (
    f"prorated (ten times the mean of the answered items) with at least {MIN_ANSWERED} of "
    f"{ITEMS_PER_SCALE} items answered, else missing; alpha and omega from sheets without a gap"
)
POLARITY = {
    "openness": "high = more open (IPIP: Intellect/Imagination)",
    "conscientiousness": "high = more conscientious",
    "extraversion": "high = more extraverted",
    "agreeableness": "high = more agreeable",
    "neuroticism": "high = less emotionally stable (60 minus the IPIP's Emotional Stability)",
}
NORMAL_90 = 1.6449  # half width of a 90 % interval, in standard errors


def summarise(sheets: AnswerSheets, scores: ScaleScores) -> dict[str, Any]:
    """Everything about a sample, ready for JSON; see `MISSING_RULE` and `POLARITY`.

    `scales.<trait>`: mean and sd (n - 1) of the ten-item sum, alpha with a 95 % interval, omega, n
    = sheets with a score, missing, prorated, complete, `unit` = mean and sd on [0, 1]. What is not
    defined is None.
    """
    form = questionnaire()
    scales: dict[str, dict[str, Any]] = {}
    for k, trait in enumerate(TRAITS):
        sums, items = scores.sums[:, k], scores.keyed[:, k]
        present = sums[~np.isnan(sums)]
        complete = int((~np.isnan(items).any(1)).sum())
        alpha = cronbach_alpha(items)
        mean = float(present.mean()) if len(present) else None
        sd = float(present.std(ddof=1)) if len(present) > 1 else None
        scales[trait] = {
            "mean": mean,
            "sd": sd,
            "alpha": alpha,
            "alpha_interval": alpha_interval(alpha, complete, ITEMS_PER_SCALE),
            "omega": omega_total(items),
            "n": len(present),
            "missing": int(np.isnan(sums).sum()),
            "prorated": int(scores.prorated[:, k].sum()),
            "complete": complete,
            "range": [LOWEST_SUM, HIGHEST_SUM],
            "polarity": POLARITY[trait],
            "unit": {
                "mean": None if mean is None else (mean - LOWEST_SUM) / (HIGHEST_SUM - LOWEST_SUM),
                "sd": None if sd is None else sd / (HIGHEST_SUM - LOWEST_SUM),
            },
        }
    stable = dict(scales["neuroticism"])
    if stable["mean"] is not None:
        stable["mean"] = float(flip_polarity(stable["mean"], LOWEST_SUM, HIGHEST_SUM))
        unit = float(flip_polarity(stable["unit"]["mean"]))
        stable["unit"] = stable["unit"] | {"mean": unit}
    stable["polarity"] = "high = more emotionally stable, the IPIP's own direction"
    return {
        "questionnaire": form.name,
        "source": form.source,
        "file": sheets.path.name,
        "sha256": sheets.sha256,
        "sheets": len(sheets.answers),
        "scale": "sum of ten items, 10 to 50; trait on 0 to 1 = (sum - 10) / 40",
        "omega": "McDonald's omega total of a one-factor maximum-likelihood solution",
        "missing_rule": MISSING_RULE,
        "scales": scales,
        "emotional_stability": stable,
        "refused": sheets.refused,
        "remarks": sheets.remarks,
    }


def person_rows(sheets: AnswerSheets, scores: ScaleScores, norms: Norms) -> list[dict[str, Any]]:
    """One row a sheet: row, id, and for every trait its value, interval, sum and percentile.

    `<trait>` is on [0, 1] in the polarity of the house, so the rows are a norm sample as they are.
    `_low` and `_high` are 90 % ends from the norms' standard error of measurement. "" = missing.
    """
    columns: dict[str, list[Any]] = {"row": sheets.rows.tolist(), "id": sheets.ids}
    for k, trait in enumerate(TRAITS):
        reach = NORMAL_90 * norms.scales[trait].standard_error / (HIGHEST_SUM - LOWEST_SUM)
        values = scores.traits[:, k]
        columns[trait] = _cells(values, 4)
        columns[f"{trait}_low"] = _cells(np.clip(values - reach, 0, 1), 4)
        columns[f"{trait}_high"] = _cells(np.clip(values + reach, 0, 1), 4)
        columns[f"{trait}_sum"] = _cells(scores.sums[:, k], 2)
        ranks = norms.scales[trait].percentiles(scores.sums[:, k])
        columns[f"{trait}_percentile"] = _cells(ranks, 1)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _cells(values: np.ndarray, digits: int) -> list[float | str]:
    return ["" if np.isnan(v) else round(float(v), digits) for v in values]
