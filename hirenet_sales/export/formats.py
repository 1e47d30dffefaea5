"""What can be exported, and as what; imports nothing, since the command line lists both."""

FORMATS = {  # names, and how their files end
    "csv": ".csv",
    "parquet": ".parquet",
    "elan": ".eaf",
    "textgrid": ".TextGrid",
    "webvtt": ".vtt",
}
KINDS = (
    "words",
    "pauses",
    "sentences",
    "highlights",
    "moments",
    "contributions",
    "attention",
    "face",
    "voice",
)
