"""The risk register: which risks a plan takes away, which it moves and to whom, and which stay.

``view`` says how to look at a plan, ``borne`` counts who bears what, ``moving`` what moving itself
risks; ``agenda`` and ``wording`` put it into words, and ``register`` holds all of it together. All
is counted from tables of who is treated where: no solver has a part in it.
"""
