"""Write the profiles in docs/profiles.md: `python docs/make_profiles.py`."""

from __future__ import annotations

import re
from pathlib import Path

from fairaudit.profiles import find, profile_names

PAGE = Path(__file__).parent / "profiles.md"
PROFILES = re.compile(r"(<!-- profiles -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str) -> str:
    """The page with its profiles made anew."""
    text = "\n".join(_section(name) for name in profile_names())
    return PROFILES.sub(lambda mark: f"{mark[1]}\n{text}\n{mark[2]}", page)


def _section(name: str) -> str:
    profile = find(name)
    norms = [f"`{norm.measure}`, {norm.statistic}: {norm.key} {norm.bound:g} ({norm.about})" for norm in profile.norms]
    parts = [
        f"## `{name}`\n\n{profile.title}. {profile.about}\n",
        f"- **Source**: {profile.source}.\n- **Date of the text**: {profile.dated}.",
        f"- **Worked example**, a test: {profile.example}",
        f"- **Limits that the rule names**: {'; '.join(norms) or 'none.'}\n",
        "What it fills in where you say nothing:\n",
        *(f"- {sentence}" for sentence in profile.sets),
        "\nWhat these numbers do not settle:\n",
        *(f"- {sentence}" for sentence in profile.unsettled),
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
