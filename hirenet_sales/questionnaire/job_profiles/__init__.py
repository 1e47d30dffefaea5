"""Named job profiles, and the similarity of a person's estimated impression to them."""

from hirenet_sales.questionnaire.job_profiles.profile import (
    JobProfile,
    Reference,
    load_job_profile,
    load_reference,
    profile_names,
)
from hirenet_sales.questionnaire.job_profiles.similarity import (
    USE,
    Comparison,
    ProfileSimilarity,
    compare,
    compare_assessment,
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
