"""Tables that offices send in: read safely, checked row by row, reported so that they can be mended and sent again.

Start with ``tabular.open_table``; ``faults`` holds what a report consists of. The contract is "Every import" of docs/FORMATS.md.
"""
