"""MLflow behind Saigen's own layer: who calls, what the role may do, where artifacts live.

`app` is the entry point that `mlflow server --app-name saigen` loads; `artifacts` is the artifact repository;
`migrate` brings the database to this version's schema. Pure rules live in access, credentials, places, routes,
rules, schema, tags and wire; everything else talks to the outside.
"""
