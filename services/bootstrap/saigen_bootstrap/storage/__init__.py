"""MinIO: buckets and how they keep objects, policies, users, groups."""
