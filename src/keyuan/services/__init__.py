"""What the product needs beside records: jobs, files, identity, imports."""
