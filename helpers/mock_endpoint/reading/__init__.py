"""Reading a request: marks on the page (fences, headings, lists) become the parts of a `Prompt`."""
