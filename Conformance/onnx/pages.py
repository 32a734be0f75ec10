"""The page of the documentation that these scripts keep up to date."""

from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "onnx.md"


def replace(section, text):
    """Puts `text` between the marks of a section."""
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    page = PAGE.read_text()
    start, stop = page.index(begin) + len(begin), page.index(end)
    PAGE.write_text(f"{page[:start]}\n{text}\n{page[stop:]}")
