"""What is on screen, for others: reports, tables and pictures, into files or through the terminal to the clipboard."""
