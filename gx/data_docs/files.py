"""A store backend whose files are never seen half written, and which removes what it is told to."""

import os
from pathlib import Path
from typing import Any

from great_expectations.data_context.store import TupleFilesystemStoreBackend


class WholeFiles(TupleFilesystemStoreBackend):
    """GX's store in a folder, but each file is written beside its place, then renamed into it."""

    def _set(self, key: Any, value: str | bytes, **kwargs: Any) -> str:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            beside.write_bytes(value.encode("utf-8") if isinstance(value, str) else value)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        return str(path)

    def remove_key(self, key: Any) -> bool:
        """Remove the file, and the folders that are empty without it; whether it was there."""
        path = str(self._path(key))
        try:
            os.unlink(path)  # noqa: PTH108  thousands are removed at a time: no objects for paths
        except FileNotFoundError:
            return False
        try:
            while (path := os.path.dirname(path)) != self.full_base_directory:  # noqa: PTH120
                os.rmdir(path)  # noqa: PTH106
        except OSError:  # the folder holds something else
            pass
        return True

    def names(self, start: str, end: str) -> list[str]:
        """The files that lie in the folder itself and are called so, sorted."""
        try:
            found = [path.name for path in Path(self.full_base_directory).iterdir()]
        except FileNotFoundError:
            return []
        return sorted(name for name in found if name.startswith(start) and name.endswith(end))

    def _path(self, key: Any) -> Path:
        parts = key if isinstance(key, tuple) else key.to_tuple()
        return Path(self.full_base_directory, self._convert_key_to_filepath(parts))
