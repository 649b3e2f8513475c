"""Studies: hundreds of random raids run through the whole site, and what came of them."""
