"""What branches mean: kinds, what may be written on each, what may be merged into it. Pure but for `history`."""
