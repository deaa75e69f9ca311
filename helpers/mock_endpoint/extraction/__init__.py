"""Values for the fields of a schema, found in a text by name, description, type and nearness of words."""
