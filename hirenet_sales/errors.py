"""User-facing errors: their messages say what is wrong, where, what was expected, what to do."""

from __future__ import annotations


class HirenetSalesError(Exception):
    """Base class. The command line prints the message and nothing else."""


class InterviewError(HirenetSalesError):
    """An interview description cannot be read."""


class ConfigError(HirenetSalesError):
    """A configuration has unknown keys, missing keys or impossible values."""


class DatasetError(HirenetSalesError):
    """A data set's folder or table does not match its card."""


class FittingError(HirenetSalesError):
    """Training diverged: the loss is not finite."""


class CheckpointError(HirenetSalesError):
    """A checkpoint folder is incomplete, damaged or unsuitable."""


class RuleBaseError(HirenetSalesError):
    """A rule base is not valid."""


class AbstentionError(HirenetSalesError):
    """A policy of abstention is not valid."""


class AnalysisError(HirenetSalesError):
    """No answer of an interview could be analysed."""


class AssessmentError(HirenetSalesError):
    """An assessment.json, or ratings of the answers of one, cannot be read."""


class ExportError(HirenetSalesError):
    """An assessment cannot be exported as requested."""


class AnnotationError(HirenetSalesError):
    """An annotation file cannot be read, or has no such tier."""


class QuestionnaireError(HirenetSalesError):
    """Answers to a questionnaire, or its norms, cannot be read or scored."""


class NormSampleError(HirenetSalesError):
    """A norm sample cannot be read, or is too small or too uniform."""


class JobProfileError(HirenetSalesError):
    """A job profile is not valid."""


class OutputError(HirenetSalesError):
    """The output folder cannot be written, or holds other results."""


def message_of(error: BaseException) -> str:
    """The message of an error, with its notes."""
    return "\n".join([str(error), *notes_of(error)])


def notes_of(error: BaseException) -> list[str]:
    """The notes added to an error."""
    return list(getattr(error, "__notes__", ()))
