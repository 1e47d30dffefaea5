"""Named job profiles, and the similarity of a person's estimated impression to them."""
