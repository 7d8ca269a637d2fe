"""What is measured of groups: rates, divergence, dependence, losses."""
