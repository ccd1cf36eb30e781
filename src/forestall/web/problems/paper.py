"""The briefing as PDF and as Word."""

from __future__ import annotations

import io
from typing import Any


class CannotDraw(RuntimeError):
    """The machine lacks the text library that PDF needs."""


def pdf(page: str) -> bytes:
    """A page of HTML as a tagged PDF. Fetches nothing from anywhere."""
    try:
        from weasyprint import HTML
    except OSError as problem:
        raise CannotDraw(str(problem).splitlines()[0]) from problem

    def nothing(url: str, *_: Any, **__: Any) -> dict[str, Any]:
        raise ValueError(f"the briefing fetches nothing: {url[:80]}")

    return HTML(string=page, url_fetcher=nothing).write_pdf(pdf_variant="pdf/ua-1")


def picture(svg: str, width: int = 1200) -> bytes | None:
    """A drawing as PNG, for Word, which shows SVG only in newer versions."""
    import vl_convert

    try:
        return bytes(vl_convert.svg_to_png(svg, scale=2.0))
    except ValueError:
        return None


def word(content: dict[str, Any]) -> bytes:
    """The briefing as a Word document that opens and can be edited."""
    from docx import Document
    from docx.shared import Cm, Pt

    problem = content["problem"]
    paper = Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(1.8)
    section.top_margin = section.bottom_margin = Cm(1.5)
    paper.styles["Normal"].font.name = "Arial"
    paper.styles["Normal"].font.size = Pt(10)
    section.header.paragraphs[0].text = content["marking"]
    section.footer.paragraphs[0].text = (
        f"{content['marking']} · {problem.reference} · taken out {content['at']:%d %B %Y, %H:%M} by "
        f"{content['person'].name}"
    )
    paper.core_properties.title = f"{problem.reference} {problem.title}"
    paper.core_properties.author = "Forestall"
    paper.add_heading(f"{problem.reference} {problem.title}", level=1)
    if content.get("make_believe"):
        paper.add_paragraph("Make-believe data: nothing here is real.")
    owner = problem.owner.name if problem.owner else "nobody"
    paper.add_paragraph(
        f"{problem.get_state_display()}. Owner {owner}, {problem.lead_organisation.name}. {problem.place_name}."
    )
    paper.add_paragraph(problem.statement or problem.aim or "No problem statement yet.")
    for name, title in (("map", "Where"), ("chart", "How it went")):
        drawn = picture(str(content[name].svg)) if content.get(name) else None
        if drawn:
            paper.add_heading(title, level=2)
            paper.add_picture(io.BytesIO(drawn), width=Cm(11))
    _list(paper, "Why", [h.statement for h in content["causes"]], "No hypothesis is supported yet.")
    _plan(paper, content)
    if content["shown"]:
        paper.add_heading("Result", level=2)
        paper.add_paragraph(content["shown"]["verdict"]["sentence"])
        paper.add_paragraph(content["shown"]["verdict"]["may_claim"])
    _who(paper, content)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _list(paper: Any, title: str, lines: list[str], none: str) -> None:
    paper.add_heading(title, level=2)
    for line in lines:
        paper.add_paragraph(line, style="List Bullet")
    if not lines:
        paper.add_paragraph(none)


def _plan(paper: Any, content: dict[str, Any]) -> None:
    lines = [f"{r.title}: {r.mechanism}" for r in content["responses"]]
    _list(paper, "What is done", lines, "Nothing chosen yet.")
    settled = content["settled"]
    if settled:
        against = f", compared with {content['compared_with']}" if content["compared_with"] else ""
        paper.add_paragraph(
            f"Measured: {', '.join(settled['crime_types'])}; {settled['before'][0]} to {settled['before'][1]} "
            f"against {settled['after'][0]} to {settled['after'][1]}{against}. Plan frozen "
            f"{content['plan'].frozen_at:%d %B %Y}, hash {content['plan'].sha256[:12]}."
        )


def _who(paper: Any, content: dict[str, Any]) -> None:
    paper.add_heading("Who does what by when", level=2)
    rows = [
        (t.title, f"{t.owner.name}, {t.organisation.name}" if t.owner else t.organisation.name, t.due_on)
        for t in content["tasks"]
    ]
    if not rows:
        paper.add_paragraph("No open tasks.")
        return
    table = paper.add_table(rows=1, cols=3, style="Table Grid")
    for cell, text in zip(table.rows[0].cells, ("What", "Who", "By when"), strict=True):
        cell.text = text
    for what, who, when in rows:
        cells = table.add_row().cells
        cells[0].text, cells[1].text, cells[2].text = what, who, f"{when:%d %B %Y}"
