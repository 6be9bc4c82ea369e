"""One module a goal, with `TITLE` and `measure(options) -> Iterable[Result]`; `bench.__main__` finds them."""
