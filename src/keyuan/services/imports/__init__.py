"""Import of files: reading them as people's programs write them, mapping their columns, writing through the pipeline."""
