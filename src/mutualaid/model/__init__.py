"""System and policy to network.

Two exact ways to build it, with the same optimum: the *chain* network (:mod:`.chain`), one node
for each queue and period, and the *ageing* network (:mod:`.ageing`), one node for each lot and
period. The chain is picked for every queue that it is exact for: the harm rate never falls with
waiting, and the lanes do not depend on the wait.
"""
