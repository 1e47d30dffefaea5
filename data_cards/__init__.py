"""Data cards: one a data set or shipped model; the loaders read their front matter."""
