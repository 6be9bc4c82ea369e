"""Letters as they are written: what is markup, what is filled in, and what is only text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infosoc.mailings import markup
from infosoc.mailings.markup import Picture

PERSON = {"name": "Åsa Lönn", "company": "Åkeri AB", "title": "Chef"}
ID = "abcdefghij1"


def html(body: str, **pictures: Picture) -> str:
    return markup.read(body).html(PERSON, pictures)


def text(body: str) -> str:
    return markup.read(body).text(PERSON)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("# Hej", "<h2>Hej</h2>"),
        ("## Hej", "<h3>Hej</h3>"),
        ("**fet** och *lutad*", "<p><strong>fet</strong> och <em>lutad</em></p>"),
        ("- ett\n- två", "<ul><li>ett</li><li>två</li></ul>"),
        ("1. ett\n2. två", "<ol><li>ett</li><li>två</li></ol>"),
        ("[sidan](https://a.se/?q=1&b=2)", '<p><a href="https://a.se/?q=1&amp;b=2">sidan</a></p>'),
        ("rad\nrad", "<p>rad<br>\nrad</p>"),
    ],
)
def test_the_signs_of_a_letter_become_html(body, shown):
    assert html(body) == shown


@pytest.mark.parametrize(
    "typed",
    ["{{ config }}", "{% for x in y %}", "${7*7}", "{{7*7}}", "#{7*7}", "<%= 7*7 %>", "{{''.__class__}}", "%(name)s"],
)
def test_m29_template_signs_arrive_as_they_were_typed(typed):
    assert typed in text(f"Hej {typed} [namn]")
    shown = html(f"Hej {typed} [namn]")
    assert typed.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;") in shown
    assert "Åsa Lönn" in shown


def test_m29_only_the_closed_list_is_filled_in():
    assert text("[namn] [förnamn] [företag] [titel] [name] [address] [digest] [token]") == (
        "Åsa Lönn Åsa Åkeri AB Chef Åsa Lönn [address] [digest] [token]\n"
    )


def test_m29_what_is_filled_in_is_neither_markup_nor_a_field():
    odd = {**PERSON, "company": "[namn] **AB** <img src=x> {{7*7}}"}
    letter = markup.read("[företag]")
    assert letter.text(odd) == "[namn] **AB** <img src=x> {{7*7}}\n"
    assert letter.html(odd) == "<p>[namn] **AB** &lt;img src=x&gt; {{7*7}}</p>"


def test_an_escaped_field_is_text():
    assert text(r"\[namn] [namn]") == "[namn] Åsa Lönn\n"


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<img src=https://x.se/p.png>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,hej)",
        "[x](vbscript:x)",
        '<a href="https://x.se" onclick="y">x</a>',
        "![pixel](https://x.se/p.gif?u=1)",
        "![pixel](//x.se/p.gif)",
        "![pixel](data:image/png;base64,AAAA)",
    ],
)
def test_m25_nothing_is_run_or_fetched(body):
    shown = html(body)
    assert not any(sign in shown for sign in ("<script", "<img", 'javascript:alert(1)"', 'href="data', "<a onclick"))
    assert "src=" not in shown or "&lt;" in shown


@given(st.text(max_size=300))
def test_m25_no_letter_whatever_holds_a_tag_of_its_own(body):
    shown = html(body)
    tags = {tag.split()[0].strip("/") for tag in _tags(shown)}
    assert tags <= {"p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "br"}
    assert "src=" not in "".join(f"<{tag}>" for tag in _tags(shown))


def _tags(shown: str) -> list[str]:
    return [part.partition(">")[0] for part in shown.split("<")[1:]]


def test_m25_the_plain_text_says_all_that_the_html_says():
    said = text("# Rubrik\n\nHej [förnamn], läs [sidan](https://a.se/x).\n\n- ett\n- två\n\n![Karta](bild:abcdefghij1)")
    assert said == "Rubrik\n\nHej Åsa, läs sidan (https://a.se/x).\n\n- ett\n- två\n\n[Karta]\n"


def test_m25_no_link_of_the_body_differs_between_recipients():
    letter = markup.read("[sidan](https://a.se/[namn]) [namn](https://b.se)")
    other = {"name": "Bo", "company": "X"}
    links = [part.partition('"')[0] for part in letter.html(PERSON).split('href="')[1:]]
    assert links == [part.partition('"')[0] for part in letter.html(other).split('href="')[1:]]


def test_a_picture_of_our_own_store_is_shown_as_wide_as_a_letter():
    shown = html(f"![Vår [företag]](bild:{ID})", **{ID: Picture(f"cid:{ID}@pictures", 1120, 400)})
    assert shown == f'<p><img src="cid:{ID}@pictures" alt="Vår Åkeri AB" width="560" height="200"></p>'
    assert markup.read(f"![x](bild:{ID})").pictures == (ID,)


def test_pictures_from_outside_are_told_of():
    assert markup.problems("![x](https://x.se/p.png)") == [
        (markup.OUTSIDE_PICTURE, {"address": "https://x.se/p.png"}),
    ]
    assert markup.problems("  \n") == [(markup.EMPTY, {})]
    assert markup.problems("Hej") == []


def test_the_first_name_is_the_first_word_and_a_missing_title_nothing():
    assert markup.read("[förnamn], [titel]!").text({"name": "Bo Ek"}) == "Bo, !\n"


def test_m30_a_line_has_no_line_breaks_whatever_is_filled_in():
    filled = markup.fill_line("Hej [namn]", {"name": "Bo\r\nBcc: x@y.se\u2028\x00Ek"})
    assert filled == "Hej Bo Bcc: x@y.se Ek"
