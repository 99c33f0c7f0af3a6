"""Pages about the plan at hand, one module each."""
