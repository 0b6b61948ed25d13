"""dbt's static documentation page, made to load nothing from anywhere."""

import re

# the page's own scripts and styles are inline, its pictures and fonts are data; the browser refuses
# whatever else a later dbt may put in
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
)
NO_ICON = '<link rel="icon" href="data:,">'


def offline(html: str) -> str:
    """The page with a policy that forbids every request, and without dbt's tracker and icon."""
    # <link rel="shortcut icon"> names a file that dbt does not write
    without = re.sub(r"<link rel=\"(?:shortcut icon|canonical)\"[^>]*>", "", html, count=2)
    without = re.sub(r"(?:https?:)?//[\w.]+\.cloudfront\.net/[\w./]+", "", without)
    without = without.replace("fishtownanalytics.sinter-collect.com", "")
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">{NO_ICON}'
    return without.replace("<head>", f"<head>{policy}", 1)
