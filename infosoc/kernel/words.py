"""Marks texts for translation where gettext itself must not be imported."""


def N_(text: str) -> str:
    """Return the text as it is; the extractor finds it by this call."""
    return text
