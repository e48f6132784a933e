"""Moving content between a DVC cache and its remotes, at the speed of the storage."""
