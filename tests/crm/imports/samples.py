"""The sample lists lie beside the repository, not in it; where they are absent, their tests skip with a reason."""

import importlib.util
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "samples"


def sample(name: str) -> Path:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"the sample list {name} is not beside the repository (../shared/samples)")
    return path


def large_sample(folder: Path, rows: int) -> Path:
    """The large list, written by the script that lies among the samples."""
    specification = importlib.util.spec_from_file_location("make_large", sample("make_large.py"))
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    path = folder / "large.csv"
    module.main(str(path), rows)
    return path
