"""The risk register: which risks a plan takes away, which it moves and to whom, and which stay.

``risk_settings`` holds its options, ``distribution`` counts who bears what, ``of_moving`` what
moving itself risks; ``narrative`` and ``phrases`` put it into words, and ``register`` holds it
together. All is counted from tables of who is treated where; no solver has a part in it.
"""
