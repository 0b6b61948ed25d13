"""Where the Data Docs are, and which of GX's builders make them."""

from pathlib import Path
from typing import Any


def site_config(site: Path, *, kept_runs: int, dbt_docs: Path | None = None) -> dict[str, Any]:
    """GX's configuration of a site in that folder: our builders, renderers and views, no network.

    The newest `kept_runs` runs stay; `dbt_docs` is where dbt's documentation is or will be. GX
    merges this with its own defaults, so that the sections we have no pages for must be named.
    """
    return {
        **_ours("builders", "Site"),
        "show_how_to_buttons": False,
        "store_backend": {
            **_ours("files", "WholeFiles"),
            "root_directory": str(site.parent),
            "base_directory": site.name,
        },
        "site_section_builders": {
            "expectations": "None",
            "profiling": "None",
            "validations": {
                **_ours("builders", "Pages"),
                "source_store_name": "validation_results_store",
                "kept_runs": kept_runs,
                "dbt_docs": str(dbt_docs.absolute()) if dbt_docs else None,
                "renderer": _ours("views", "ResultRenderer"),
                "view": _ours("views", "PageView"),
            },
        },
        "site_index_builder": {
            **_ours("builders", "IndexPage"),
            "renderer": _ours("views", "IndexRenderer"),
            "view": _ours("views", "IndexView"),
        },
    }


def build_pages(context: Any, results: list[Any]) -> str:
    """Build the pages of these results (ValidationResultIdentifiers) and the index; its path.

    Files are renamed into place and the index comes last, so it never links to a page that is not
    there. With no results, and where the site was deleted, all stored results are built. Runs that
    are one too many are removed, with their stored results.
    """
    urls = context.build_data_docs(resource_identifiers=results)
    return str(urls["site"]).removeprefix("file://")


def _ours(module: str, name: str) -> dict[str, str]:
    return {"module_name": f"gx.data_docs.{module}", "class_name": name}
