"""Training: settings in, a run folder out. Nothing in here knows who is watching.

A run is a folder (:mod:`vit.training.run.folder`) that everything else reads; :mod:`vit.training.run.listing`
finds and describes runs, :mod:`vit.training.process.launch` starts one in a process of its own and
:mod:`vit.training.process.control` asks it to pause, step, go on, stop or change its rate.
"""
