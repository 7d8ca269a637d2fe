"""The gate: limits and a baseline held against audits.

::

    config ── rules ─┐
    audits ── measurements ─→ verdicts ── waivers ─→ Check (frozen result) ─→ formats
    baseline ────────────────────┘
"""
