"""A sentence of an expectation in the form that Great Expectations' Data Docs take."""

from typing import Any

from great_expectations.render import RenderedStringTemplateContent


def rendered(
    template: str, params: dict[str, Any], runtime: dict[str, Any] | None
) -> list[RenderedStringTemplateContent]:
    """The sentence, its `$params` to be filled in, styled as the run says."""
    return [
        RenderedStringTemplateContent(
            content_block_type="string_template",
            string_template={
                "template": template,
                "params": params,
                "styling": (runtime or {}).get("styling"),
            },
        )
    ]


def column_before(column: str, runtime: dict[str, Any] | None) -> str:
    """The column, to stand before the sentence, unless the page names it itself."""
    return f"{column} " if (runtime or {}).get("include_column_name") is not False else ""
