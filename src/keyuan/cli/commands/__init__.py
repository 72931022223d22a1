"""The subcommands of `keyuan`, one module each (see `cli.main`)."""
