"""What people do day by day: follow-ups and tasks."""
