"""Speed, as ratios against a limit measured in the same run: ``make bench``, or ``python -m bench NAME …`` for some of them."""
