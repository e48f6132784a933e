"""The gate: what the forge's hooks ask about a push beside the rules of tags, and the jobs of the forge."""
