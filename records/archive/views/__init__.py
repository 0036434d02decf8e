"""Pages of the paper archive: the shelves, one file, what is printed for them, whole boxes, the reports upward."""
