"""The account that the worker works under."""
