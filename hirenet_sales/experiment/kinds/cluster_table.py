"""The cluster check of Kassab et al. 2022, section V, on labels and on a network's estimates."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import field_validator, model_validator

from extractors.callbacks import Progress
from hirenet_sales.data.frame_interviews import STREAM
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.section import DataSection
from hirenet_sales.data.splits import make_split
from hirenet_sales.errors import DatasetError, HirenetSalesError
from hirenet_sales.evaluation.prediction import estimates_of, labelled, training_means
from hirenet_sales.experiment.fits import fit_once
from hirenet_sales.experiment.kind import (
    Cell,
    Experiment,
    Kind,
    Result,
    RunPaths,
    Some,
    check_options,
)
from hirenet_sales.experiment.kinds.frozen_steps import check_pictures, load_steps, stream_of
from hirenet_sales.experiment.loading import data_problems, digest, log_completeness
from hirenet_sales.experiment.published import read_published
from hirenet_sales.experiment.results_table import Column, Table
from hirenet_sales.models.cnn_lstm import CnnLstmOptions
from hirenet_sales.questionnaire.clusters.clustering import cluster_check
from hirenet_sales.questionnaire.clusters.plot import draw_clusters
from hirenet_sales.rules import load_rule_base
from hirenet_sales.traits import TRAITS
from hirenet_sales.yaml_file import Problem

MODEL = "cnn_lstm"
LABELS, TEST_LABELS, ESTIMATES = "labels, all", "labels, test part", "estimates, test part"
COLUMNS = (
    Column("sample", "sample"),
    Column("seed", "seed"),
    Column("n", "n"),
    Column("score_mean", "mean score", 2),
    Column("k", "clusters"),
    Column("sizes", "people"),
    Column("score_means", "mean score of each"),
    Column("silhouette", "silhouette"),
    Column("silhouette_no_clusters", "without clusters"),
    Column("eta_squared", "eta²"),
    Column("eta_squared_chance", "chance"),
    Column("other_rules", "other rules (smallest, median, largest)"),
    Column("rank", "rank among 16 rules"),
    Column("ami", "AMI"),
    Column("ami_chance", "chance"),
    Column("ami_p", "p"),
)


class ClusterConfig(Experiment):
    """Which traits are clustered, and by which rule base they are scored.

    Attributes
    ----------
    rule_base : a name or a file
    ks : numbers of clusters
    model : options of cnn_lstm, whose estimates of the test part are clustered too; null = labels
        alone
    """

    data: DataSection
    rule_base: str = "kassab2022"
    ks: Some[int] = (4, 5)
    model: dict[str, Any] | None = None

    @field_validator("ks")
    @classmethod
    def _several(cls, ks: tuple[int, ...]) -> tuple[int, ...]:
        if min(ks) < 2 or len(set(ks)) < len(ks):
            raise ValueError(f"found {list(ks)}, expected whole numbers from 2, each once")
        return ks

    @field_validator("rule_base")
    @classmethod
    def _readable(cls, name: str) -> str:
        try:
            load_rule_base(name)
        except HirenetSalesError as error:
            raise ValueError(str(error)) from None
        return name

    @field_validator("model")
    @classmethod
    def _valid(cls, options: dict[str, Any] | None) -> dict[str, Any] | None:
        check_options(MODEL, (STREAM,), options or {})
        return options

    @model_validator(mode="after")
    def _sees_pictures(self) -> Self:
        if self.model is not None:
            check_pictures(self.data, CnnLstmOptions.model_validate(self.model))
        return self


class Clusters(Kind[ClusterConfig]):
    """`kind: clusters`."""

    name = "clusters"
    config = ClusterConfig

    def problems(self, values: dict[str, Any], paths: RunPaths) -> list[Problem]:
        """Missing data."""
        return data_problems(values, paths)

    def cells(self, config: ClusterConfig, paths: RunPaths, progress: Progress) -> list[Cell]:
        """All labels; with a network, its estimates of the test part, and the labels of that."""
        options = config.model
        interviews = (
            config.data.load_labels(paths.root, cache=paths.cache)
            if options is None
            else load_steps(config.data, MODEL, options, paths, progress)
        )
        log_completeness(interviews, paths)
        rules = load_rule_base(config.rule_base)
        settings = {
            "data": config.data.model_dump(mode="json"),
            "data_digest": digest(interviews),
            "rule_base": config.rule_base,
            "rule_version": rules.version,
            "ks": list(config.ks),
            "model": options,
        }
        samples = [LABELS] if options is None else [LABELS, TEST_LABELS, ESTIMATES]
        return [
            Cell({"dataset": interviews.dataset, "sample": sample, "seed": seed}, settings)
            for sample in samples
            for seed in config.seeds
        ]

    def run(self, cell: Cell, paths: RunPaths, folder: Path) -> dict[str, Any]:
        """Cluster one sample; its pictures lie in the cell's folder."""
        s, seed = cell.settings, cell.keys["seed"]
        traits = _traits(cell, paths)
        rules = load_rule_base(s["rule_base"])
        check = cluster_check(traits, rules.scores(traits), s["ks"], seed)
        draw_clusters(check, folder)
        np.savetxt(folder / "traits.csv", traits, delimiter=",", header=",".join(TRAITS))
        return {"check": check.as_dict(), "rule_base": f"{rules.name} {rules.version}"}

    def rows(self, result: Result) -> list[dict[str, Any]]:
        """One a number of clusters."""
        return [{**result.cell.keys, **line} for line in _lines(result)]

    def tables(
        self, config: ClusterConfig, results: Sequence[Result], paths: RunPaths
    ) -> list[Table]:
        """The numbers behind the paper's Figures 6 and 7, with what chance and other rules give."""
        rows = [row for result in results for row in self.rows(result)]
        first = results[0].values
        notes = [
            f"Scores by rule base {first['rule_base']}; k-means in the plane of two principal "
            "components. Silhouette beside the mean over normal clouds of the same covariance, "
            "which have no clusters. Eta squared: share of the score's variance between clusters; "
            "AMI: adjusted mutual information of cluster and score band. Chance is the mean over "
            "199 permutations of the scores.",
            "Score and clusters are functions of the same five traits, so they agree for many a "
            "rule: rank 1 of 16 would say that the rule's directions agree better than every other "
            "way to direct the five traits. Agreement alone does not show that a rule is valid.",
        ]
        if config.about:
            notes.append(config.about)
        if config.published is not None:
            published = read_published(config.published)
            notes.append(
                f"{published.title}, section V, gives pictures (Figures 6 and 7) and no number."
            )
        return [Table("table", config.title, COLUMNS, rows, tuple(notes))]

    def figures(
        self, config: ClusterConfig, results: list[Result], tables: list[Table], folder: Path
    ) -> list[Path]:
        """The first seed's pictures of every sample."""
        files = []
        for result in results:
            if result.cell.keys["seed"] != config.seeds[0]:
                continue
            sample = result.cell.keys["sample"].replace(", ", "-").replace(" ", "-")
            for picture in sorted(result.folder.glob("clusters-*.png")):
                files.append(Path(shutil.copyfile(picture, folder / f"{sample}-{picture.name}")))
        return files


def _traits(cell: Cell, paths: RunPaths) -> np.ndarray:
    """Traits (N, 5) of the sample, in the order of the house."""
    s, sample = cell.settings, cell.keys["sample"]
    data = DataSection.model_validate(s["data"])
    if s["model"] is None:
        return _in_order(data.load_labels(paths.root, cache=paths.cache), None)
    interviews = load_steps(data, MODEL, s["model"], paths)
    if sample == LABELS:
        return _in_order(interviews, None)
    train, validation, test = make_split(interviews, "disjoint").apply(interviews)
    if sample == TEST_LABELS:
        return _in_order(test, None)
    streams, seed = (stream_of(MODEL, s["model"]),), cell.keys["seed"]
    model, _ = fit_once(MODEL, streams, s["model"], train, validation, seed=seed, paths=paths)
    blind = training_means(train, test.level)
    return _in_order(test, estimates_of(model.predict(test), test, test.level, blind)[0])


def _in_order(interviews: InterviewSet, values: np.ndarray | None) -> np.ndarray:
    """Complete rows (R, 5) of values of the set's targets, else of its labels."""
    names = [target.name for target in interviews.targets]
    absent = [trait for trait in TRAITS if trait not in names]
    if absent:
        raise DatasetError(f"{interviews.dataset}: no label of {', '.join(absent)}")
    if values is None:
        values = labelled(interviews, interviews.level).labels
    traits = values[:, [names.index(trait) for trait in TRAITS]]
    complete: np.ndarray = traits[np.isfinite(traits).all(1)]
    return complete


def _lines(result: Result) -> list[dict[str, Any]]:
    check = result.values["check"]
    lines = []
    for k, clusters in check["clusters"].items():
        other = clusters["eta_squared_other_rules"]
        lines.append(
            {
                "n": check["n"],
                "score_mean": check["score_mean"],
                "k": int(k),
                "sizes": ", ".join(str(c["n"]) for c in clusters["clusters"]),
                "score_means": ", ".join(f"{c['score_mean']:.1f}" for c in clusters["clusters"]),
                "silhouette": clusters["silhouette"],
                "silhouette_no_clusters": clusters["silhouette_no_clusters"]["mean"],
                "eta_squared": clusters["eta_squared"]["value"],
                "eta_squared_chance": clusters["eta_squared"]["chance"],
                "other_rules": ", ".join(f"{other[m]:.3f}" for m in ("min", "median", "max")),
                "rank": clusters["rank_among_rules"],
                "ami": clusters["ami"]["value"],
                "ami_chance": clusters["ami"]["chance"],
                "ami_p": clusters["ami"]["p"],
            }
        )
    return lines
