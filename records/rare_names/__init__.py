"""Names with rare characters (生僻字): a register of the names that input, font or an old system cannot take (FACTS §13).

``trouble`` says which characters are trouble and why, ``noting`` keeps the register in step with the names, ``saying`` is where a
clerk says how a name is read, so that it is found by its sound like every other.
"""
