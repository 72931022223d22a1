"""The command line: keyuan serve, worker, migrate, demo, import, api-key, doctor, backup, restore."""
