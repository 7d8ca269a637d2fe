"""The public rules, a module each, found by listing."""
