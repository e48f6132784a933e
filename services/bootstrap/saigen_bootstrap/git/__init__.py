"""The forge: users, organisation, teams, repositories, and the template repository."""
