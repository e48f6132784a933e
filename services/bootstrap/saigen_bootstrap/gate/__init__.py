"""The gate of the forge: who pushes, and what they may. The forge's hooks read it; nothing in it is secret."""
