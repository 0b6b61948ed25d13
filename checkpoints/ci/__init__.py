"""What a run tells a CI system: JUnit XML, SARIF, a Markdown summary, annotations."""
