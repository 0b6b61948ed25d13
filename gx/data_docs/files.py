"""A store backend whose files are never seen half written."""

import os
from pathlib import Path
from typing import Any

from great_expectations.data_context.store import TupleFilesystemStoreBackend


class WholeFiles(TupleFilesystemStoreBackend):
    """GX's store in a folder, but each file is written beside its place, then renamed into it."""

    def _set(self, key: Any, value: str | bytes, **kwargs: Any) -> str:
        parts = key if isinstance(key, tuple) else key.to_tuple()
        path = Path(self.full_base_directory, self._convert_key_to_filepath(parts))
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            beside.write_bytes(value.encode("utf-8") if isinstance(value, str) else value)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        return str(path)
