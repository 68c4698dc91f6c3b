"""Training: settings in, a run folder out. Nothing in here knows who is watching.

A run is a folder (:mod:`vit.training.run_folder`) that everything else reads; :mod:`vit.training.runs`
finds and describes runs, :mod:`vit.training.launch` starts one in a process of its own and
:mod:`vit.training.control` asks it to pause, step, go on, stop or change its rate.
"""
