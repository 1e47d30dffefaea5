"""Output of `ipip50`, `rules`, `clusters` and `profiles`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from rich.table import Table

from hirenet_sales.cli.output import decimal, escape, new_console
from hirenet_sales.traits import TRAITS

if TYPE_CHECKING:  # these import heavy libraries, which --help does not need
    from hirenet_sales.questionnaire.ipip50.norm_tables import Norms
    from hirenet_sales.questionnaire.job_profiles.similarity import Comparison
    from hirenet_sales.questionnaire.norms.checking import RuleBaseCheck
    from hirenet_sales.questionnaire.norms.fitting import TraitFit
    from hirenet_sales.rules import RuleBase

WIDTH = 116  # columns of numbers that are cut say nothing


def print_scales(summary: Mapping[str, Any], norms: Norms) -> None:
    """Print a scored sample with the norms' means; rejected sheets on stderr."""
    table = _table(
        f"{summary['questionnaire']}, {summary['file']}: {summary['sheets']} sheets",
        "ten-item sum, 10 to 50",
        *("mean", "sd", "alpha", "95 % interval", "omega", "n", "missing", "norm mean", "norm sd"),
    )
    for trait in TRAITS:
        scale, norm = summary["scales"][trait], norms.scales[trait]
        ends = scale["alpha_interval"]
        table.add_row(
            trait,
            decimal(scale["mean"], 2),
            decimal(scale["sd"], 2),
            decimal(scale["alpha"]),
            f"{ends[0]:.2f} to {ends[1]:.2f}" if ends else "",
            decimal(scale["omega"]),
            str(scale["n"]),
            str(scale["missing"]),
            f"{norm.mean:.2f}",
            f"{norm.sd:.2f}",
        )
    _print(
        table,
        "neuroticism: high = less emotionally stable; emotional stability = 60 - neuroticism, mean "
        f"{decimal(summary['emotional_stability']['mean'], 2)}",
        f"missed answers: {summary['missing_rule']}",
        f"omega: {summary['omega']}. Norms {norms.name}: {norms.source} (n = {norms.n})",
    )
    print_remarks(summary["remarks"], summary["refused"])


def print_rule_base(rules: RuleBase) -> None:
    """Print a rule base like the table it was published as."""
    from hirenet_sales.rules import SCORES

    title = f"{rules.name} {rules.version}: score by trait value, from (included) to"
    table = _table(title, "trait", "direction", *map(str, SCORES))
    for trait, row in rules.traits.items():
        ranges = [f"{row.ranges[s][0]:g}\n{row.ranges[s][1]:g}" for s in SCORES]
        table.add_row(trait, row.direction, *ranges)
    _print(table, f"Source: {rules.source.strip()}", rules.notes.strip())


def print_rule_check(check: RuleBaseCheck) -> None:
    """Print the rows of a rule base on a norm sample."""
    from hirenet_sales.rules import SCORES

    sample = check.sample
    table = _table(
        f"{check.rule_base.name} on {sample.path.name}, n = {len(sample.traits)}: % of people on "
        "each score",
        *("trait", "mean score", "95 % interval", *map(str, SCORES)),
    )
    for trait, row in check.rows.items():
        low, high = row.interval
        shares = [f"{100 * share:.1f}" for share in row.shares]
        table.add_row(trait, f"{row.mean_score:.2f}", f"{low:.2f} to {high:.2f}", *shares)
    table.add_section()
    table.add_row("cuts at deciles", "5.50", "", *["10.0"] * len(SCORES))
    clusters = "" if sample.sources is None else ", by source video"
    _print(
        table,
        f"sales score: mean {check.score_mean:.2f}, sd {check.score_sd:.2f}; intervals by bootstrap"
        f"{clusters}",
        f"taken for {sample.kind}; {sample.polarity}; {sample.left_out} rows left out",
    )
    print_remarks(check.remarks, [])


def print_fit(rules: RuleBase, fits: Mapping[str, TraitFit]) -> None:
    """Print the fitted distributions and then the rule base."""
    table = _table(
        f"{rules.name}: fitted distributions",
        *("trait", "fit", "parameters", "AIC normal", "AIC beta", "KS distance"),
        *("worst decile", "% per range"),
    )
    for trait, fit in fits.items():
        table.add_row(
            trait,
            fit.distribution,
            " ".join(f"{name} {value:.3f}" for name, value in fit.parameters.items()),
            f"{fit.aic['normal']:.0f}",
            f"{fit.aic['beta']:.0f}",
            f"{fit.ks:.3f}",
            f"{fit.decile_difference:.3f}",
            f"{100 * min(fit.shares):.1f} to {100 * max(fit.shares):.1f}",
        )
    _print(table, "worst decile: largest difference between a fitted and an observed decile")
    print_rule_base(rules)


def print_clusters(result: Mapping[str, Any]) -> None:
    """Print the cluster check's numbers with their baselines."""
    table = _table(
        f"clusters of {result['n']} people, two components with "
        f"{100 * sum(result['explained_variance']):.0f} % of the variance",
        *("k", "measure", "found", "baseline", "is"),
    )
    for k, row in result["clusters"].items():
        no_clusters, other = row["silhouette_no_clusters"], row["eta_squared_other_rules"]
        table.add_row(
            k,
            "silhouette",
            f"{row['silhouette']:.3f}",
            f"{no_clusters['mean']:.3f}, 95 % below {no_clusters['high']:.3f}",
            "people without clusters",
        )
        for name, label in (("eta_squared", "η² cluster, score"), ("ami", "AMI cluster, band")):
            measure = row[name]
            table.add_row(
                "",
                label,
                f"{measure['value']:.3f}",
                f"{measure['chance']:.3f}, 95 % below {measure['chance_high']:.3f}",
                f"random scores, p = {measure['p']:.3f}",
            )
        table.add_row(
            "",
            "η² of other rules",
            f"rank {row['rank_among_rules']} of {row['rules_compared']}",
            f"{other['median']:.3f}, {other['min']:.3f} to {other['max']:.3f}",
            "traits in other directions",
        )
        for letter, cluster in zip(ascii_uppercase, row["clusters"], strict=False):
            score = f"{cluster['score_mean']:.2f}, sd {cluster['score_sd']:.2f}"
            table.add_row("", f"score in {letter}, n = {cluster['n']}", score, "", "")
        table.add_section()
    _print(
        table,
        "Beating chance is no evidence for the rules: score and cluster come from the same traits. "
        "A silhouette near that of people without clusters says that there are hardly any groups.",
    )
    print_remarks(result["remarks"], [])


def print_comparison(comparison: Comparison) -> None:
    """Print a person's similarity to each profile."""
    from hirenet_sales.questionnaire.job_profiles.similarity import USE

    percent = f"{100 * comparison.coverage:.0f} %"
    table = _table(
        f"{comparison.person}: likeness to job profiles, {percent} intervals",
        *("profile", "distance, sd", "typical", "% people nearer", "correlation"),
        "vs average",
    )
    for one in comparison.profiles:
        near, r = one.nearer_share, one.correlation
        p = one.nearer_than_average
        table.add_row(
            escape(one.profile.name),
            f"{one.distance.value:.2f} ({one.distance.low:.2f} to {one.distance.high:.2f})",
            f"{one.typical_distance:.2f}",
            f"{100 * near.value:.0f} ({100 * near.low:.0f} to {100 * near.high:.0f})",
            "" if r is None else f"{r.value:+.2f} ({r.low:+.2f} to {r.high:+.2f})",
            "" if p is None else f"{100 * p:.0f} %",
        )
    _print(
        table,
        USE,
        "distance: 0 = identical; typical: its median over the reference people; people nearer: "
        "share of them; vs average: how sure it is that the profile is nearer than the average "
        "person",
        "; ".join(f"{one.profile.name}: {one.profile.status}" for one in comparison.profiles),
    )


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=escape(title), title_justify="left", padding=(0, 0), pad_edge=False)
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _print(table: Table, *sentences: str) -> None:
    console = new_console(width=WIDTH)
    console.print(table)
    for sentence in filter(None, sentences):
        console.print(escape(sentence), soft_wrap=True)


def print_remarks(remarks: Sequence[str], refused: Sequence[str]) -> None:
    """Print remarks and rejected items on stderr."""
    errors = new_console(stderr=True, soft_wrap=True)
    for sentence in remarks:
        errors.print(f"[yellow]remark[/yellow] {escape(sentence)}")
    for sentence in refused:
        errors.print(f"[red]failed[/red] {escape(sentence)}")
