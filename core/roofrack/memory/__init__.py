"""Where the bytes go: weights, KV cache, activations, overhead and what capacity is left."""
