"""A printed form is read back as it was written, carries its own font, and hides nothing it could not print."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from upheld.gateways import forms_pdf
from upheld.gateways.forms_pdf import FONT_FILE, FontMissing, Form, Part, printed

pytestmark = pytest.mark.skipif(not FONT_FILE.is_file(), reason="the font comes at set-up")


def form(*parts: Part, **changed: object) -> Form:
    given: dict = {
        "title": "业务受理单",
        "subtitle": "编号 R7",
        "about": [("客户", "欧阳远山"), ("号码", "13800000001"), ("营业厅", "临海市人民路营业厅")],
        "parts": parts or (Part("移机", lines=[("新地址", "临海市人民路 8 号")], code="C18"),),
        "declaration": "本人已核对以上内容。",
        "signatures": ["客户签名", "营业员签名", "日期"],
        "foot": "践诺 R7",
        "page_words": "第 {page} 页，共 {pages} 页",
        "missing_words": "以下字符请手写：{characters}",
        **changed,
    }
    return Form(**given)


def read(pdf: bytes) -> str:
    """Read the text of all pages back, without the line ends that layout brings."""
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def test_every_word_can_be_read_back() -> None:
    found = read(printed(form()))
    for words in (
        "业务受理单",
        "欧阳远山",
        "13800000001",
        "新地址",
        "临海市人民路8号",
        "C18",
        "客户签名",
        "第1页，共1页",
    ):
        assert words in found, words


def test_the_font_travels_with_the_form_and_only_as_much_of_it_as_is_shown() -> None:
    pdf = printed(form())
    page = PdfReader(io.BytesIO(pdf)).pages[0]
    fonts = [one.get_object() for one in page["/Resources"]["/Font"].values()]
    own = [one for one in fonts if "NotoSansSC" in one["/BaseFont"]]
    assert own
    assert all("/FontFile2" in one["/FontDescriptor"].get_object() for one in own)
    assert len(pdf) < 100_000 < FONT_FILE.stat().st_size


def test_rare_characters_of_names_are_printed() -> None:
    assert "喆堃珺䶮頔" in read(printed(form(about=[("客户", "喆堃珺䶮頔")])))


def test_what_the_font_lacks_is_named_to_be_written_by_hand() -> None:
    found = read(printed(form(about=[("客户", "王\U00020000")])))
    assert "王〓" in found
    assert "U+20000" in found
    assert "请手写" in found
    assert "请手写" not in read(printed(form()))


def test_a_customers_words_are_words_and_no_mark_up() -> None:
    found = read(printed(form(Part("投诉", lines=[("内容", "<b>5 < 6 & 7</b>\x07\n第二行")]))))
    assert "<b>5<6&7</b>第二行" in found


def test_a_request_of_many_items_goes_on_over_pages_that_count_themselves() -> None:
    many = [Part(f"第{n}项", lines=[("内容", "很长的说明" * 40)], code=f"C{n}") for n in range(12)]
    pdf = printed(form(*many))
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) > 1
    found = read(pdf)
    assert all(f"第{n}项" in found for n in range(12))
    assert f"第{len(pages)}页，共{len(pages)}页" in found


def test_the_same_form_is_the_same_file() -> None:
    assert printed(form()) == printed(form())


def test_without_its_font_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    forms_pdf._font.cache_clear()
    monkeypatch.setattr(forms_pdf, "FONT_FILE", FONT_FILE.with_name("none.ttf"))
    with pytest.raises(FontMissing, match="make setup"):
        printed(form())
    forms_pdf._font.cache_clear()
