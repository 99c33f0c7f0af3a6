"""Fitting the speed model's constants to the shipped measurements, with the core's own model."""
