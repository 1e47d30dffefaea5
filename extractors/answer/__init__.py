"""One answer: everything that is extracted from it, branch by branch."""
