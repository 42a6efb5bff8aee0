"""Print a form for a customer's signature as a PDF that looks the same everywhere: its font travels with it.

The font (Noto Sans SC) comes at set-up to `fonts/`; a form embeds only the characters that it shows. Whoever prints
gives finished words in the reader's language; here is only how they stand on paper.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONT_FILE = Path(__file__).resolve().parent / "fonts" / "NotoSansSC-Regular.ttf"
FONT = "NotoSansSC"
NO_CHARACTER = "〓"
"""Printed where the font has no character; the form then says which ones are to be written by hand."""

_INK, _SOFT, _LINE, _TINT = HexColor("#1b2430"), HexColor("#55606e"), HexColor("#b8c0ca"), HexColor("#f1f4f8")
_MARGIN = 16 * mm
_FRAME_PADDING = 6  # points that reportlab leaves on each side
_WIDTH = A4[0] - 2 * _MARGIN - 2 * _FRAME_PADDING


@dataclass(frozen=True)
class Part:
    """One box of a form: its heading, lines of label and value, notes below them, and a number to find it again."""

    heading: str
    lines: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    code: str = ""
    ticks: Sequence[tuple[bool, str]] = ()


@dataclass(frozen=True)
class Form:
    """A whole form: who it is about, its parts, what is declared by signing, and who signs (nobody: a leaflet)."""

    title: str
    subtitle: str
    about: Sequence[tuple[str, str]]
    parts: Sequence[Part]
    declaration: str
    signatures: Sequence[str]
    foot: str
    page_words: str = "{page} / {pages}"
    missing_words: str = "{characters}"
    language: str = "zh-CN"
    author: str = field(default="Upheld")


class FontMissing(Exception):
    """Refuse to print without the font: a form with empty boxes for characters is worse than none."""


def printed(form: Form) -> bytes:
    """Return the form as a PDF of A4 pages. Raises FontMissing where set-up has not brought the font."""
    face = _font()
    paper = _Paper(face.charToGlyph)
    story = paper.story(form)
    made = io.BytesIO()
    document = SimpleDocTemplate(
        made,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=14 * mm,
        bottomMargin=18 * mm,
        title=f"{form.title} {form.subtitle}",
        author=form.author,
        lang=form.language,
        invariant=1,
    )
    foot = paper.plain(form.foot)
    make = partial(_NumberedCanvas, initialFontName=FONT, foot=foot, page_words=form.page_words)
    document.build(story, canvasmaker=make)
    return made.getvalue()


@cache
def _font() -> Any:
    """Load the font once for the process."""
    if not FONT_FILE.is_file():
        raise FontMissing(f"{FONT_FILE.name} is missing; run 'make setup'")
    pdfmetrics.registerFont(TTFont(FONT, str(FONT_FILE)))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=FONT, italic=FONT, boldItalic=FONT)
    return pdfmetrics.getFont(FONT).face


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    # "CJK": a line of Chinese may break after any character.
    given = {"leading": size * 1.45, "textColor": _INK, "wordWrap": "CJK", **more}
    return ParagraphStyle(name, fontName=FONT, fontSize=size, **given)


_TITLE = _style("title", 17)
_SUBTITLE = _style("subtitle", 9.5, textColor=_SOFT)
_HEADING = _style("heading", 11.5)
_LABEL = _style("label", 9, textColor=_SOFT)
_VALUE = _style("value", 10.5)
_NOTE = _style("note", 9.5, leftIndent=0)
_SMALL = _style("small", 8.5, textColor=_SOFT)
_CODE = _style("code", 9, alignment=TA_RIGHT, textColor=_SOFT)


class _Paper:
    """Lay one form out; remembers the characters that the font lacks."""

    def __init__(self, known: Any) -> None:
        self.known = known
        self.missing: dict[str, None] = {}

    def plain(self, text: str) -> str:
        """Replace what cannot be printed; control characters go, a line break stays."""
        kept = []
        for character in text:
            if character == "\n" or ord(character) in self.known:
                kept.append(character)
            elif character.isprintable():
                self.missing.setdefault(character)
                kept.append(NO_CHARACTER)
        return "".join(kept)

    def words(self, text: str, style: ParagraphStyle) -> Paragraph:
        """Make a paragraph of words as they are: no mark-up, whatever a customer is called."""
        return Paragraph(escape(self.plain(text)).replace("\n", "<br/>"), style)

    def story(self, form: Form) -> list[Flowable]:
        """Return everything in the order of the page."""
        head = [
            self.words(form.title, _TITLE),
            Spacer(1, 1.5 * mm),
            self.words(form.subtitle, _SUBTITLE),
            Spacer(1, 4 * mm),
            self.about(form.about),
            Spacer(1, 5 * mm),
        ]
        body: list[Flowable] = []
        for part in form.parts:
            body += [self.part(part), Spacer(1, 4 * mm)]
        tail: list[Flowable] = [self.words(form.declaration, _NOTE)]
        if form.signatures:
            tail += [Spacer(1, 7 * mm), self.signatures(form.signatures)]
        if self.missing:
            named = " ".join(f"{NO_CHARACTER} = U+{ord(one):04X}" for one in self.missing)
            tail += [Spacer(1, 4 * mm), self.words(form.missing_words.format(characters=named), _SMALL)]
        return [*head, *body, KeepTogether(tail)]

    def about(self, lines: Sequence[tuple[str, str]]) -> Table:
        """Lay pairs of label and value out in two columns."""
        cells = [[self.words(label, _LABEL), self.words(value, _VALUE)] for label, value in lines]
        if len(cells) % 2:
            cells.append(["", ""])
        rows = [cells[place] + cells[place + 1] for place in range(0, len(cells), 2)]
        table = Table(rows, colWidths=[26 * mm, _WIDTH / 2 - 26 * mm] * 2)
        table.setStyle(TableStyle([*_TIGHT, ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE)]))
        return table

    def part(self, part: Part) -> Flowable:
        """Lay one box out: heading with its bar code, the lines, what is ticked, the notes."""
        heading = [[self.words(part.heading, _HEADING), self.code(part.code) if part.code else ""]]
        head = Table(heading, colWidths=[_WIDTH - 62 * mm, 62 * mm])
        head.setStyle(
            TableStyle(
                [*_TIGHT, ("BACKGROUND", (0, 0), (-1, -1), _TINT), ("LEFTPADDING", (0, 0), (0, 0), 2 * mm)]
            )
        )
        rows = [[self.words(label, _LABEL), self.words(value, _VALUE)] for label, value in part.lines]
        ticks = [[_Box(ticked), self.words(text, _NOTE)] for ticked, text in part.ticks]
        kept: list[Flowable] = [head]
        for cells, first in ((rows, 34 * mm), (ticks, 6 * mm)):
            if cells:
                table = Table(cells, colWidths=[first, _WIDTH - first])
                table.setStyle(TableStyle([*_TIGHT, ("LINEBELOW", (0, 0), (-1, -1), 0.3, _LINE)]))
                kept.append(table)
        for note in part.notes:
            kept += [Spacer(1, 1.2 * mm), self.words(note, _NOTE)]
        return KeepTogether(kept)

    def code(self, code: str) -> Table:
        """Draw a number as Code 128, which any counter's scanner types, with its characters below."""
        bars = Code128(code, barHeight=9 * mm, barWidth=0.36 * mm, quiet=True, humanReadable=False)
        bars.hAlign = "RIGHT"
        drawn = Table([[bars], [self.words(code, _CODE)]], colWidths=[60 * mm])
        drawn.setStyle(TableStyle([("ALIGN", (0, 0), (-1, -1), "RIGHT"), *_TIGHT[:5]]))
        return drawn

    def signatures(self, labels: Sequence[str]) -> Table:
        """Leave room to sign above a line, beside one another."""
        gap = 8 * mm
        width = (_WIDTH - gap * (len(labels) - 1)) / max(len(labels), 1)
        under = [cell for label in labels for cell in (self.words(label, _LABEL), "")][:-1]
        widths = [one for _ in labels for one in (width, gap)][:-1]
        table = Table([[""] * len(under), under], colWidths=widths, rowHeights=[12 * mm, None])
        lines = [("LINEABOVE", (place, 1), (place, 1), 0.7, _INK) for place in range(0, len(under), 2)]
        table.setStyle(TableStyle([*_TIGHT, *lines]))
        return table


_TIGHT: list[tuple[Any, ...]] = [
    ("FONTNAME", (0, 0), (-1, -1), FONT),
    ("LEFTPADDING", (0, 0), (-1, -1), 0.6 * mm),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0.6 * mm),
    ("TOPPADDING", (0, 0), (-1, -1), 1.1 * mm),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.3 * mm),
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
]


class _Box(Flowable):
    """A box to tick, drawn: fonts of text have none."""

    def __init__(self, ticked: bool) -> None:
        super().__init__()
        self.ticked = ticked
        self.width = self.height = 3.6 * mm

    def wrap(self, *room: float) -> tuple[float, float]:
        """Say how much room it takes."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw the box, and the tick in it."""
        self.canv.setStrokeColor(_INK)
        self.canv.setLineWidth(0.8)
        self.canv.rect(0, 0, self.width, self.height)
        if self.ticked:
            self.canv.setLineWidth(1.3)
            self.canv.lines(
                [
                    (0.8 * mm, 1.8 * mm, 1.5 * mm, 0.8 * mm),
                    (1.5 * mm, 0.8 * mm, 2.9 * mm, 3.0 * mm),
                ]
            )


class _NumberedCanvas(Canvas):
    """Number the pages once it is known how many there are, and write the foot on each."""

    def __init__(self, *given: Any, foot: str, page_words: str, **named: Any) -> None:
        super().__init__(*given, **named)
        self._foot, self._page_words, self._pages = foot, page_words, list[dict[str, Any]]()

    def showPage(self) -> None:
        """Keep the page until all are known."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write every page with its number."""
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFont(FONT, 8)
            self.setFillColor(_SOFT)
            self.drawString(_MARGIN, 10 * mm, self._foot)
            self.drawRightString(
                A4[0] - _MARGIN, 10 * mm, self._page_words.format(page=number, pages=len(self._pages))
            )
            super().showPage()
        super().save()
