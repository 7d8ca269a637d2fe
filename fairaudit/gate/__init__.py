"""The gate: limits and a baseline held against audits.

::

    config ── rules ─────┐
    audits ── readings ──┴─ limits ─→ verdicts ─┬─ waivers ─→ Check (frozen result) ─→ formats
    baseline ───────────────────────→ margins ──┘
"""
