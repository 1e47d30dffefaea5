"""Export of assessments as tables and as tiers of annotation programs; reads no model."""
