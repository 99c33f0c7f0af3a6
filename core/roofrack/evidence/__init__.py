"""Published and own measurements: read, predicted, compared, and the nearest of them to a plan."""
