"""Write the published JSON Schemas of all results beside their code: `python docs/make_schemas.py`."""

from importlib.resources import files

from fairaudit.results.json import dumps
from fairaudit.results.schemas import schema
from fairaudit.results.stored import KINDS

if __name__ == "__main__":
    for name in KINDS:
        files("fairaudit.results").joinpath(f"{name}-1.schema.json").write_text(dumps(schema(name)), encoding="utf-8")
