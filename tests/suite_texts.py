"""Suites as text, and the mistakes found in them."""

from pathlib import Path

from gx.suites import Known, read_suites

KNOWN = Known(
    tables={
        "raw": {
            "claims_raw": {
                "_batch_id": "integer",
                "claim_id": "text",
                "amount": "real",
                "service_date": "date",
                "notes": "text",
            }
        },
        "marts": {"dim_plans": {"plan_surrogate_key": "varchar(255)"}},
    },
    parameters={"max_amount": 1000.0, "today": "2024-06-01", "all": 1.0},
    personal=frozenset({"notes"}),
)


def mistakes(
    tmp_path: Path, expect: str, head: str = "", fragments: str = "", known: Known = KNOWN
) -> list[str]:
    """The mistakes of a suite of claims_raw, as line and text; its checks begin on line 2."""
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "claims_raw.yml").write_text(f"{head}expect:\n{expect}", encoding="utf-8")
    if fragments:
        (tmp_path / "fragments.yml").write_text(fragments, encoding="utf-8")
    _, found = read_suites(folder, known)
    return [f"{m.path.name}:{m.line}: {m.text}" for m in found]


def check(name: str, *arguments: str) -> str:
    return f"  - {name}:\n" + "".join(f"      {argument}\n" for argument in arguments)
