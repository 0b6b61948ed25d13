"""JUnit XML: a test case for each check, a test suite for each table."""

import xml.etree.ElementTree as ET  # written here, never read
from collections.abc import Sequence

from checkpoints.ci.findings import Finding, findings
from gx.outcome import LayerResult


def to_junit(layers: Sequence[LayerResult], *, warnings_fail: bool = False) -> str:
    """The run as JUnit XML.

    A check that blocks is a failure and one that could not run an error. A warning is neither,
    unless `warnings_fail`: it is told in the case's output, since the format knows no warnings.
    """
    root = ET.Element("testsuites", name="benefits")
    counted = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    by_table: dict[tuple[str, str], list[Finding]] = {}
    for one in findings(layers):
        by_table.setdefault((one.layer, one.table.table), []).append(one)
    for (layer, name), found in by_table.items():
        suite = ET.SubElement(root, "testsuite", name=f"{layer}.{name}")
        numbers = dict.fromkeys(counted, 0)
        for one in found:
            numbers["tests"] += 1
            kind = _case(suite, one, warnings_fail)
            if kind:
                numbers[kind] += 1
        for skipped in found[0].table.not_applicable:
            numbers["tests"] += 1
            numbers["skipped"] += 1
            case = ET.SubElement(suite, "testcase", classname=f"{layer}.{name}", name=skipped.check)
            ET.SubElement(case, "skipped", message=f"needs {skipped.requires}")
        for what, number in numbers.items():
            suite.set(what, str(number))
            counted[what] += number
    for what, number in counted.items():
        root.set(what, str(number))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ET.Element, one: Finding, warnings_fail: bool) -> str | None:
    """Add a case; 'failures' or 'errors' where it is one."""
    case = ET.SubElement(
        suite, "testcase", classname=f"{one.layer}.{one.table.table}", name=one.name
    )
    if one.file:
        case.set("file", one.file)
        case.set("line", str(one.check.line))
    if one.check.success:
        return None
    told = "\n".join(line for line in (one.seen, one.check.notes) if line)
    if one.check.error:
        ET.SubElement(case, "error", message=one.seen, type=one.check.severity).text = told
        return "errors"
    if one.blocks or (warnings_fail and one.level == "warning"):
        ET.SubElement(case, "failure", message=one.seen, type=one.check.severity).text = told
        return "failures"
    ET.SubElement(case, "system-out").text = f"{one.check.severity}: {told}"
    return None
