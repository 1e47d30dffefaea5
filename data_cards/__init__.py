"""Data cards, one a data set or shipped model; a package so that a wheel carries them."""
