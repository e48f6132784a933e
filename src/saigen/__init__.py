"""Saigen: every logged run is one commit that a colleague can run again."""
