"""The demo: a simulated computing site, watched by a real HappyFace.

A pure function of time says what the simulated site is like (``world``, ``incidents``); a small server answers with it
as Nagios, HTCondor, PhEDEx, dCache and others do (``answers``, ``server``); and HappyFace acquires it like any other
site. The 30 days before the start go the same way (``history``), only with the simulated site's clock put back.
"""
