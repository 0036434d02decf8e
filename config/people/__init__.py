"""人员与职责: the pages on which heads appoint (``config/appointing`` decides), and the page that says which duty may do what."""
