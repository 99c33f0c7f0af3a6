"""Plans and presets for readers outside the program: text, JSON, Markdown, CSV, scenario files, command lines."""
