"""How each kind of job is carried out, one module for each subject."""
