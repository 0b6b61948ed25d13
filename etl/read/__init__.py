"""Feed files as blocks of rows: columns where the text is regular, else row by row."""

from etl.read.blocks import Block, read_blocks
from etl.read.lines import Lines
from etl.read.records import MalformedRow
from etl.read.survey import FeedFile, refuse_cut, survey_file

__all__ = [
    "Block",
    "FeedFile",
    "Lines",
    "MalformedRow",
    "read_blocks",
    "refuse_cut",
    "survey_file",
]
