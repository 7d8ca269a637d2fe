"""Results of the gate that only a terminal shows: a comparison and a verification."""
