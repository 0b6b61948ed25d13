"""The text of a file's rows as it stands there, found by the line each begins on."""

import io

from etl.read.survey import FeedFile


class Lines:
    """Reads a file once more, forwards, and only as far as it is asked for."""

    def __init__(self, file: FeedFile) -> None:
        self.file = file
        stream = file.path.open("rb")
        stream.seek(file.data_offset)
        # lines end as `records` takes them to end
        self._text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        self._next = file.data_line

    def at(self, line: int, *, whole_row: bool) -> str:
        """The text of that line, without its end; a whole row may run over several lines.

        Lines are asked for in the file's order. A row that could be read has its quotes in pairs.
        """
        found = ""
        while self._next <= line:
            found = self._text.readline()
            self._next += 1
        while whole_row and found.count('"') % 2 and (more := self._text.readline()):
            found += more
            self._next += 1
        return found.rstrip("\r\n")

    def close(self) -> None:
        """Close the file."""
        self._text.close()
