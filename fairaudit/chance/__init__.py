"""What chance alone gives: replicates, shuffles, and statements that hold together."""
