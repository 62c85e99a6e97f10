"""Every change of the schema, written by hand, run by aerich."""
