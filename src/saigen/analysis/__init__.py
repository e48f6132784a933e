"""Experiments on what models did in production: two groups of monitoring records compared, and the answer kept."""
