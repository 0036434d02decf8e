"""The style pages: every component in its states and the drawn prototypes rebuilt from them, with invented people and numbers.

To look at them in a browser: ``python -m tests.look`` prints the address.
"""
