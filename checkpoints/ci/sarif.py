"""SARIF 2.1.0: each failed check as a result on the line of its suite."""

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from checkpoints.ci.findings import Finding, failed, findings
from gx.outcome import LayerResult

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_sarif(layers: Sequence[LayerResult]) -> str:
    """The run as SARIF: a rule for each expectation that was asked, a result for each failure."""
    asked = sorted({one.check.expectation for one in findings(layers)})
    run = {
        "tool": {
            "driver": {
                "name": "benefits",
                "version": version("benefits-pipeline"),
                "rules": [
                    {"id": name, "shortDescription": {"text": name.replace("_", " ")}}
                    for name in asked
                ],
            }
        },
        "results": [_result(one) for one in failed(layers)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(one: Finding) -> dict[str, Any]:
    notes = f" {one.check.notes}" if one.check.notes else ""
    result: dict[str, Any] = {
        "ruleId": one.check.expectation,
        "level": one.level,
        "message": {"text": f"{one.table.table} {one.name}: {one.seen}.{notes}"},
        # the same check of the same table is the same finding, whatever it saw
        "partialFingerprints": {
            "check/v1": hashlib.sha256(
                f"{one.layer}/{one.table.table}/{one.name}".encode()
            ).hexdigest()
        },
    }
    if one.file:
        region = {"startLine": one.check.line}
        where = {"artifactLocation": {"uri": one.file}, "region": region}
        result["locations"] = [{"physicalLocation": where}]
    return result
