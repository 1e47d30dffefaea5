"""Write hirenet_sales/relevance/english.json anew, from the training parts of the two siop sets.

python tools/fit_relevance.py --siop-2019 DIR --cache DIR

Nothing of a row is kept: means of vectors, and percentiles of matches.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from extractors.threads import single_torch_thread
from extractors.words.contextual_words import ContextualWords
from hirenet_sales.data.answer_sentences import answer_sentences
from hirenet_sales.persist import write_json
from hirenet_sales.release.relevance_reference import fit_reference

PEOPLE_2019 = 200  # each answered all of its five questions; more people add no question
OUT = Path(__file__).parents[1] / "hirenet_sales" / "relevance" / "english.json"


def main() -> None:
    """Read the arguments, fit, print the trials and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--siop-2019", type=Path, required=True, help="folder of siop-2019")
    parser.add_argument("--cache", type=Path, help="folder that keeps the sentence vectors")
    arguments = parser.parse_args()
    encoder = ContextualWords()
    with single_torch_thread():
        samples = [
            answer_sentences(
                name, root, encoder, parts=["train"], people=people, cache=arguments.cache
            )
            for name, root, people in (
                ("siop-2019", arguments.siop_2019, PEOPLE_2019),
                ("siop-2024", None, None),
            )
        ]
    sources = [
        {
            "dataset": name,
            "part": "train",
            "people": len(set(sample.people)),
            "answers": len(sample),
            "questions": len(sample.questions),
        }
        for name, sample in zip(("siop-2019", "siop-2024"), samples, strict=True)
    ]
    reference, trials = fit_reference(samples, encoder.sha256, sources)
    for trial in trials:
        print(
            f"sharpness {trial.sharpness:4g}: right among the person's own {trial.among_own:.3f}, "
            f"of all {trial.of_all:.3f}, mean reciprocal rank {trial.rank:.3f}"
        )
    write_json(OUT, reference.to_dict(), indent=None)
    print(f"{OUT.name}: sharpness {reference.matcher.sharpness:g}")


if __name__ == "__main__":
    main()
