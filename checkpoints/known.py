"""What suites may refer to: the tables the loader and dbt make, and the parameters."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import yaml

from checkpoints.settings import DBT, PERSONAL, parameters, variables
from etl.warehouse import create_statements
from gx.suites.environment import PREFIX
from gx.suites.language import Known

MODELS = DBT / "models"
# a model's folder is its layer, unless it is put beside the marts; suites look at these two
LAYERS = ("staging", "marts")
FOLDERS = ("staging", "intermediate", "marts")
# written in C where PyYAML was built with it: a fifth of the time
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def known() -> Known:
    """The tables of each layer with columns and types, the parameters, what is personal or set."""
    tables = {"raw": raw_tables()}
    for layer in LAYERS:
        tables[layer] = {
            str(model["name"]): {
                str(column["name"]): str(column.get("data_type") or "")
                for column in model.get("columns", ())
            }
            for model in models(layer)
        }
    personal = yaml.safe_load(PERSONAL.read_text(encoding="utf-8"))
    return Known(tables, parameters(), frozenset(personal), variables(PREFIX))


def raw_tables() -> dict[str, dict[str, str]]:
    """The tables of an empty warehouse, with their columns' declared types."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in create_statements():
            connection.execute(statement)
        names = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        return {
            name: {
                row[1]: str(row[2]).lower()
                for row in connection.execute(f"pragma table_info({name})")
            }
            for (name,) in names
        }


def models(layer: str) -> list[dict[str, Any]]:
    """The models of a layer as their YAML describes them."""
    return [
        model
        for folder in FOLDERS
        for path in sorted((MODELS / folder).glob("*.yml"))
        for model in _read(path).get("models", ())
        if model.get("config", {}).get("schema", folder) == layer
    ]


def _read(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as file:
        return yaml.load(file, _Loader) or {}  # noqa: S506  a safe loader either way
