"""Released models for those who use them: `saigen model pull`, `serve` and `image`."""
