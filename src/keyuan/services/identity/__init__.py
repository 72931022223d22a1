"""Users, departments and roles; who signs in, and with which rights."""
