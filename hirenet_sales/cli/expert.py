"""`rules`, `clusters` and `profiles`: expert knowledge and its checks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hirenet_sales.cli import ipip50_command
from hirenet_sales.cli.output import say, write_json
from hirenet_sales.cli.shared_options import (
    FOLDER,
    JSON_OPTION,
    POLARITY_OPTION,
    SPLIT_OPTION,
    TABLE,
)

if TYPE_CHECKING:
    from hirenet_sales.questionnaire.norms.fitting import Direction, Distribution
    from hirenet_sales.questionnaire.norms.trait_table import Polarity


@click.group()
def rules() -> None:
    """Rule bases: from five traits to a traceable score."""


@rules.command("list")
def list_rules() -> None:
    """List the shipped rule bases."""
    from hirenet_sales.rules import load_rule_base, rule_base_names

    for name in rule_base_names():
        base = load_rule_base(name)
        say(f"{base.name} {base.version}: {base.source.strip()}")


@rules.command("show")
@click.argument("rule_base", metavar="NAME|YAML")
@JSON_OPTION
def show_rules(rule_base: str, json_file: Path | None) -> None:
    """Show and validate a rule base: a shipped one by name, or any by the path of its YAML."""
    from hirenet_sales.cli.expert_tables import print_rule_base
    from hirenet_sales.rules import load_rule_base

    base = load_rule_base(rule_base)
    write_json(json_file, base.model_dump(mode="json"))
    print_rule_base(base)


@rules.command("check")
@click.argument("rule_base", metavar="NAME|YAML")
@click.option("--norms", required=True, type=TABLE, help="CSV of many people's traits.")
@POLARITY_OPTION
@SPLIT_OPTION
@JSON_OPTION
def check_rules(
    rule_base: str, norms: Path, polarity: Polarity, split: str | None, json_file: Path | None
) -> None:
    """Check a rule base on a norm sample: mean score and share per level of each row.

    The CSV has one column a trait on 0 to 1, or the items of the IPIP-50, or the columns of a data
    set with a data card, such as clips.csv of First Impressions V2.
    """
    from hirenet_sales.cli.expert_tables import print_rule_check
    from hirenet_sales.questionnaire.norms.checking import check_rule_base
    from hirenet_sales.questionnaire.norms.norm_sample import read_norm_sample
    from hirenet_sales.rules import load_rule_base

    base = load_rule_base(rule_base)
    check = check_rule_base(base, read_norm_sample(norms, polarity, split))
    write_json(json_file, check.as_dict())
    print_rule_check(check)


@rules.command("fit")
@click.argument("norms", type=TABLE)
@click.option("--out", required=True, type=TABLE)
@click.option("--name", help="Name of the rule base; default: that of the file written.")
@click.option(
    "--distribution",
    type=click.Choice(["best", "normal", "beta"]),
    default="best",
    show_default=True,
    help="best: for each trait the one with the lower AIC.",
)
@click.option(
    "--directions",
    default="kassab2022",
    show_default=True,
    help="Rule base whose directions are taken where --direction gives none.",
)
@click.option(
    "--direction",
    "given",
    multiple=True,
    metavar="TRAIT=positive|negative",
    help="Whether a higher trait scores higher; say it for each trait of another job.",
)
@POLARITY_OPTION
@SPLIT_OPTION
@JSON_OPTION
def fit_rules(
    norms: Path,
    out: Path,
    name: str | None,
    distribution: Distribution,
    directions: str,
    given: tuple[str, ...],
    polarity: Polarity,
    split: str | None,
    json_file: Path | None,
) -> None:
    """Fit a rule base to the norm sample NORMS: fitted distributions cut at their deciles."""
    from hirenet_sales.cli.expert_tables import print_fit
    from hirenet_sales.questionnaire.norms.fitting import fit_rule_base, new_name, write_rule_base
    from hirenet_sales.questionnaire.norms.norm_sample import read_norm_sample
    from hirenet_sales.rules import load_rule_base

    chosen: dict[str, Direction] = {
        trait: row.direction for trait, row in load_rule_base(directions).traits.items()
    }
    given_directions = _directions(given)
    listed = ", ".join(f"{trait} {direction}" for trait, direction in given_directions.items())
    if not given_directions:
        source = f"those of {directions}"
    elif len(given_directions) == len(chosen):
        source = f"{listed} as given"
    else:
        source = f"{listed} as given; the others of {directions}"
    base, fits = fit_rule_base(
        read_norm_sample(norms, polarity, split),
        chosen | given_directions,
        new_name(name or out.stem),
        distribution,
        source,
    )
    write_rule_base(base, out)
    write_json(
        json_file,
        {"rule_base": base.model_dump(mode="json"), "fits": {t: vars(f) for t, f in fits.items()}},
    )
    print_fit(base, fits)
    say(f"Wrote {out}; use it with: hirenet-sales analyze ... --rule-base {out}")


def _directions(given: tuple[str, ...]) -> dict[str, Direction]:
    from hirenet_sales.traits import TRAITS
    from hirenet_sales.yaml_model import did_you_mean

    chosen: dict[str, Direction] = {}
    for text in given:
        trait, _, direction = text.partition("=")
        if trait not in TRAITS:
            raise click.BadParameter(f"unknown trait '{trait}'{did_you_mean(trait, TRAITS)}")
        match direction:
            case "positive" | "negative":
                chosen[trait] = direction
            case _:
                raise click.BadParameter(f"found '{text}', expected {trait}=positive or =negative")
    return chosen


@click.command()
@click.argument("file", metavar="CSV", type=TABLE)
@click.option(
    "--out",
    required=True,
    type=FOLDER,
    help="Folder for clusters.json and one picture for each number of clusters.",
)
@click.option("--rule-base", default="kassab2022", show_default=True, help="Scores the people.")
@click.option("--score-column", help="Take the scores from this column of the CSV instead.")
@click.option(
    "-k", "ks", type=click.IntRange(2, 26), multiple=True, default=(4, 5), show_default=True
)
@click.option(
    "--format", "form", type=click.Choice(["png", "svg"]), default="png", show_default=True
)
@click.option("--seed", type=int, default=0, show_default=True)
@POLARITY_OPTION
@SPLIT_OPTION
@JSON_OPTION
def clusters(
    file: Path,
    out: Path,
    rule_base: str,
    score_column: str | None,
    ks: tuple[int, ...],
    form: Any,
    seed: int,
    polarity: Polarity,
    split: str | None,
    json_file: Path | None,
) -> None:
    """Repeat the cluster check of Kassab et al. 2022 on the people of a CSV, with numbers.

    Traits to two principal components, k-means, and how well clusters and scores agree: against
    chance, against people without clusters, and against rules with other directions.
    """
    from hirenet_sales.cli.expert_tables import print_clusters
    from hirenet_sales.questionnaire.clusters.clustering import check_sample
    from hirenet_sales.questionnaire.clusters.plot import draw_clusters

    result, check = check_sample(
        file, rule_base, score_column, ks=ks, seed=seed, polarity=polarity, split=split
    )
    pictures = draw_clusters(check, out, form)
    write_json(out / "clusters.json", result)
    write_json(json_file, result)
    print_clusters(result)
    for path in (out / "clusters.json", *pictures):
        say(f"Wrote {path}")


@click.group()
def profiles() -> None:
    """Job profiles: named patterns of traits, each with its source."""


@profiles.command("list")
def list_profiles() -> None:
    """List the shipped profiles, with their status and source."""
    from hirenet_sales.questionnaire.job_profiles.profile import load_job_profile, profile_names

    for profile in map(load_job_profile, profile_names()):
        say(f"{profile.name} ({profile.status}): {profile.title}. {profile.source.strip()}")


@profiles.command("compare")
@click.argument("assessment", type=TABLE)
@click.option(
    "--profile",
    "names",
    multiple=True,
    metavar="NAME|YAML",
    help="A profile that ships, or a YAML; may be repeated. Default: all that ship.",
)
@JSON_OPTION
def compare_profiles(assessment: Path, names: tuple[str, ...], json_file: Path | None) -> None:
    """Compare the impression in an assessment.json with job profiles, with its uncertainty.

    It assists a person's judgement and never decides.
    """
    from hirenet_sales.cli.expert_tables import print_comparison
    from hirenet_sales.questionnaire.job_profiles.profile import load_job_profile, profile_names
    from hirenet_sales.questionnaire.job_profiles.similarity import compare_assessment

    chosen = [load_job_profile(name) for name in names or profile_names()]
    comparison = compare_assessment(assessment, chosen)
    write_json(json_file, comparison.as_dict())
    print_comparison(comparison)


COMMANDS = (*ipip50_command.COMMANDS, rules, clusters, profiles)
