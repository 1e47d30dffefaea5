"""Named job profiles, and how like them the estimated impression of a person is."""

from hirenet_sales.questionnaire.job_profiles.comparison import (
    USE,
    Comparison,
    ProfileSimilarity,
    compare,
    compare_assessment,
)
from hirenet_sales.questionnaire.job_profiles.profile import (
    JobProfile,
    Reference,
    load_job_profile,
    load_reference,
    profile_names,
)

__all__ = [
    "USE",
    "Comparison",
    "JobProfile",
    "ProfileSimilarity",
    "Reference",
    "compare",
    "compare_assessment",
    "load_job_profile",
    "load_reference",
    "profile_names",
]
