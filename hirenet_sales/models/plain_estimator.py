"""Estimators that scikit-learn has fitted, as plain arrays: written and read without pickle.

Arrays, since skops 0.16 and ONNX (skl2onnx 1.20, onnxruntime 1.31) were measured against them and
are worse. Size in MB and time to load in ms of one target, two cores, 32 columns tried at a split;
skops as it is, and compressed (deflate, level 1):

    fitted on rows x columns                       arrays       skops  compressed        ONNX
    100 extra trees, 6,000 x 512 (CR-Net)      24.0    93  87.9   642  26.4   958  47.2 1,785
    100 extra trees, 500 x 64                   2.0     3   8.7   104   2.3   160   3.9   206
    random forest of 200, leaf 5, 1,000 x 200   0.8     1   6.0   303   1.4   349   1.5    40
    SVR, 6,000 x 512                            7.8     3  15.6    29   9.4   225   9.7    50

And safety: skops trusts no trees by default, with reason. A file with a child or a column out of
range ended the process (segmentation fault) at the first estimate, so the checks of `Forest` would
be needed all the same. It read coefficients of NaN, and 1.6 MB that grew to 800 MB. And it rebuilds
the private attributes of the scikit-learn that wrote them, with a warning where another version
reads them; the arrays below mean the same in every version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from hirenet_sales.models.array_part import ArrayPart, Learner, Step
from hirenet_sales.models.forest import Forest
from hirenet_sales.models.rbf_machine import RbfMachine

ARRAY_NAME = re.compile(r"(\d{1,2})\.([a-z]+)\.([a-z]+)", re.ASCII)


@dataclass(frozen=True, eq=False)
class Standardisation(Step):
    """(x - mean) / scale.

    Attributes
    ----------
    mean, scale : float64 (D,)
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of_library(cls, fitted: Any) -> Standardisation:
        """A fitted StandardScaler."""
        return cls(fitted.mean_.astype(float), fitted.scale_.astype(float))

    @property
    def width(self) -> int:
        return self.mean.size

    def check(self, width: int) -> None:
        self.check_shapes({"mean": (width,), "scale": (width,)})
        if not (self.scale > 0).all():
            raise ValueError(f"scale is {self.scale.min():g}, expected above 0")

    def apply(self, x: np.ndarray) -> np.ndarray:
        values: np.ndarray = (x - self.mean) / self.scale
        return values


@dataclass(frozen=True, eq=False)
class TermWeights(Step):
    """Counts of terms times their inverse document frequency, scaled to length one.

    Attributes
    ----------
    idf : float64 (D,)
    """

    idf: np.ndarray

    @classmethod
    def of_library(cls, fitted: Any) -> TermWeights:
        """A fitted TfidfTransformer with its defaults."""
        return cls(fitted.idf_.astype(float))

    @property
    def width(self) -> int:
        return self.idf.size

    def check(self, width: int) -> None:
        self.check_shapes({"idf": (width,)})

    def apply(self, x: np.ndarray) -> np.ndarray:
        weighted = x * self.idf
        length = np.sqrt((weighted**2).sum(1, keepdims=True))  # (N, 1)
        values: np.ndarray = weighted / np.where(length > 0, length, 1.0)
        return values


@dataclass(frozen=True, eq=False)
class Projection(Step):
    """Onto C components.

    Attributes
    ----------
    components : float64 (C, D)
    """

    components: np.ndarray

    @classmethod
    def of_library(cls, fitted: Any) -> Projection:
        """A fitted TruncatedSVD."""
        return cls(fitted.components_.astype(float))

    @property
    def width(self) -> int:
        return len(self.components)

    def check(self, width: int) -> None:
        self.check_shapes({"components": (*self.components.shape[:1], width)})

    def apply(self, x: np.ndarray) -> np.ndarray:
        values: np.ndarray = x @ self.components.T
        return values


@dataclass(frozen=True, eq=False)
class LinearModel(Learner):
    """Of a scale the estimate, of two classes the margin.

    Attributes
    ----------
    coefficients : float64 (D,)
    intercept : float64 (1,)
    """

    coefficients: np.ndarray
    intercept: np.ndarray

    @classmethod
    def of_library(cls, fitted: Any) -> LinearModel:
        """A fitted Ridge, or a LogisticRegression of two classes."""
        return cls(np.ravel(fitted.coef_).astype(float), np.ravel(fitted.intercept_).astype(float))

    @property
    def size(self) -> int:
        return self.coefficients.size + 1

    def check(self, width: int) -> None:
        self.check_shapes({"coefficients": (width,), "intercept": (1,)})

    def predict(self, x: np.ndarray) -> np.ndarray:
        values: np.ndarray = x @ self.coefficients + self.intercept
        return values


# As they are called in the names of arrays.
PARTS: dict[str, type[ArrayPart]] = {
    "standardisation": Standardisation,
    "terms": TermWeights,
    "projection": Projection,
    "linear": LinearModel,
    "rbf": RbfMachine,
    "forest": Forest,
}
OF_LIBRARY: dict[type[BaseEstimator], str] = {
    StandardScaler: "standardisation",
    TfidfTransformer: "terms",
    TruncatedSVD: "projection",
    Ridge: "linear",
    LogisticRegression: "linear",
    SVR: "rbf",
    SVC: "rbf",
    ExtraTreesRegressor: "forest",
    RandomForestRegressor: "forest",
    RandomForestClassifier: "forest",
}


@dataclass(frozen=True, eq=False)
class PlainEstimator:
    """A learner and the transformations before it.

    Attributes
    ----------
    parts : name in PARTS and fitted part, in the order of use; the last is the learner
    """

    parts: tuple[tuple[str, ArrayPart], ...]

    @classmethod
    def of_library(cls, fitted: BaseEstimator) -> PlainEstimator:
        """A fitted estimator of OF_LIBRARY, or a pipeline of them."""
        steps = [step for _, step in fitted.steps] if isinstance(fitted, Pipeline) else [fitted]
        named = [(OF_LIBRARY[type(step)], step) for step in steps]
        return cls(tuple((name, PARTS[name].of_library(step)) for name, step in named))

    @property
    def learner(self) -> Learner:
        """The last part."""
        return cast(Learner, self.parts[-1][1])

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All fitted values, such as "0.standardisation.mean" and "1.linear.intercept"."""
        return {
            f"{number}.{kind}.{name}": array
            for number, (kind, part) in enumerate(self.parts)
            for name, array in part.arrays.items()
        }

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], width: int) -> PlainEstimator:
        """What `arrays` gave, for features of `width` columns."""
        by_part: dict[tuple[int, str], dict[str, np.ndarray]] = {}
        for name, array in arrays.items():
            match = ARRAY_NAME.fullmatch(name)
            if match is None or match[2] not in PARTS:
                raise ValueError(
                    f"array {name!r:.80} is of no estimator, expected a name such as "
                    "'0.linear.intercept'; a model of an earlier version is to be trained again"
                )
            by_part.setdefault((int(match[1]), match[2]), {})[match[3]] = array
        parts = []
        for (_, kind), own in sorted(by_part.items(), key=lambda item: item[0]):
            part = PARTS[kind].of_arrays(own, width)
            width = part.width if isinstance(part, Step) else width
            parts.append((kind, part))
        numbers = sorted(number for number, _ in by_part)
        learners = [isinstance(part, Learner) for _, part in parts]
        if (
            not parts
            or learners != [False] * (len(parts) - 1) + [True]
            or numbers != list(range(len(parts)))
        ):
            names = ", ".join(kind for kind, _ in parts) or "nothing"
            raise ValueError(f"an estimator of {names}, expected all its steps and its learner")
        return cls(tuple(parts))

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Estimates (N,) of features (N, D); of two classes the margin, or of trees the share."""
        for _, step in self.parts[:-1]:
            x = cast(Step, step).apply(x)
        return self.learner.predict(x)
