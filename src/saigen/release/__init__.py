"""Releases of model lines: `saigen release`. (The release of a data version is `saigen.data.release`.)

rules -> facts (what is) -> plan (pure: what is due) -> merge, phases, keep, publish -> finish (registry, results)
"""
