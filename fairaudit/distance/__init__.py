"""The coupled absolute difference: the mathematics behind every distance covariance, and the penalty made of it."""
