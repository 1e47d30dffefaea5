"""Two small models that learn in milliseconds, for tests of what stands around models."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import DatasetError
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.model import Prediction
from hirenet_sales.training.options import Options

EPOCHS = 3


class ToyOptions(Options):
    """How it behaves: `fail` raises, `stop_after` epochs it is interrupted once."""

    penalty: float = 1.0
    fail: bool = False
    stop_after: int | None = None


class Toy:
    """A ridge on the means of the streams, learnt in "epochs" that each add a little noise."""

    name = "toy"

    def __init__(self, streams: tuple[str, ...], options: ToyOptions) -> None:
        self.streams, self.options = streams, options

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        if self.options.fail:
            raise DatasetError("toy: found nothing to learn, expected something")
        folder.mkdir(parents=True, exist_ok=True)
        saved = folder / "toy.json"
        history = json.loads(saved.read_text()) if saved.is_file() else []
        for epoch in range(len(history), EPOCHS):
            if epoch == self.options.stop_after and not (folder / "stopped").exists():
                (folder / "stopped").touch()
                raise KeyboardInterrupt
            history.append(float(np.random.default_rng([seed, epoch]).normal()))
            saved.write_text(json.dumps(history))
        self.shift = sum(history) / 100
        self.ridge = Ridge(self.options.penalty).fit(self._means(train), train.labels)

    def _means(self, interviews: InterviewSet) -> np.ndarray:
        return np.array(
            [
                np.concatenate(
                    [np.concatenate(interviews.streams[s][i]).mean(0) for s in self.streams]
                )
                for i in range(len(interviews))
            ]
        )

    def predict(self, interviews: InterviewSet) -> Prediction:
        values = self.ridge.predict(self._means(interviews)).reshape(interviews.labels.shape)
        return Prediction(np.clip(values + self.shift, 0, 1))

    def parameters(self) -> int:
        return self.ridge.coef_.size


class ToyAttention(Toy):
    """Looks where it is told to: at the planted truth, as if it had found it."""

    name = "toy_attention"

    def attentions(self, interviews: InterviewSet) -> pd.DataFrame:
        assert interviews.planted is not None
        rows = []
        for i, name in enumerate(interviews.ids):
            answers = interviews.streams[self.streams[0]][i]
            beta = np.full(len(answers), 0.1 / max(1, len(answers) - 1))
            beta[interviews.planted.question[i]] = 0.9
            for q, steps in enumerate(answers):
                alpha = np.full(len(steps), 0.2 / (len(steps) - 1))
                alpha[interviews.planted.moments[i][q]] = 0.8
                for t in range(len(steps)):
                    rows.append(
                        {
                            "interview": name,
                            "person": interviews.people[i],
                            "position": interviews.positions[i],
                            "answer": q,
                            "question_id": interviews.question_ids[i][q],
                            "question": interviews.questions[i][q],
                            "stream": self.streams[0],
                            "step": t,
                            "word": interviews.words[i][q][t] if interviews.words else "",
                            "alpha": alpha[t],
                            "beta": beta[q],
                            "voi_step": alpha[t] * len(steps),
                            "voi_question": beta[q] * len(answers),
                        }
                    )
        return pd.DataFrame(rows)

    def predict_with_attentions(self, interviews: InterviewSet) -> tuple[Prediction, pd.DataFrame]:
        return self.predict(interviews), self.attentions(interviews)


ENTRY = Entry("toy", "nobody 2026", "a ridge", ToyOptions, Toy, fuses=True)
ATTENTION = Entry("toy_attention", "nobody 2026", "looks at the truth", ToyOptions, ToyAttention)
