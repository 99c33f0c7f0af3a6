"""Tools of the repository: benchmark, pictures, checks against measurements."""
