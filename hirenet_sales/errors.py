"""Every error that a person may see: what was found, where, what was expected, what to do."""

from __future__ import annotations


class HirenetSalesError(Exception):
    """Base class. The message is complete: the command line prints it and nothing else."""


class InterviewError(HirenetSalesError):
    """An interview description cannot be read."""


class ConfigError(HirenetSalesError):
    """A configuration has unknown keys, missing keys or impossible values."""


class DatasetError(HirenetSalesError):
    """A data set's folder or table is not as its card says."""


class FittingError(HirenetSalesError):
    """A model cannot go on learning: its loss is no finite number."""


class CheckpointError(HirenetSalesError):
    """A checkpoint folder is incomplete, damaged or not for this use."""


class RuleBaseError(HirenetSalesError):
    """A rule base is not valid."""


class AnalysisError(HirenetSalesError):
    """Nothing of an interview could be analysed."""


class QuestionnaireError(HirenetSalesError):
    """Answers to a questionnaire, or its norms, cannot be read or scored."""


class NormSampleError(HirenetSalesError):
    """A norm sample cannot be read, or is too small or too uniform for what is asked of it."""


class JobProfileError(HirenetSalesError):
    """A job profile is not valid."""


class OutputError(HirenetSalesError):
    """Results cannot be written where they were asked for, or others stand there."""


def message_of(error: BaseException) -> str:
    """What an error says, with its notes, for a person."""
    return "\n".join([str(error), *notes_of(error)])


def notes_of(error: BaseException) -> list[str]:
    """What was added to an error on its way."""
    return list(getattr(error, "__notes__", ()))
