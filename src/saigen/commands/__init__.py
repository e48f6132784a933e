"""What `saigen` can be told to do: each module parses one command's arguments and prints its result."""
