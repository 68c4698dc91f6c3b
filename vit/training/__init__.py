"""Training: settings in, a run folder out. Nothing in here knows who is watching.

=============  =====================================================================================================
word           what it is
=============  =====================================================================================================
settings       everything that can be set before a run (:mod:`vit.training.settings`); a preset is a file of some
run            one training of one model, from its settings to its last checkpoint
run folder     where a run keeps all it leaves (:mod:`vit.training.run.folder`); ``Run`` describes one that was found
record         what writes into the run folder while the run is at work (:mod:`vit.training.learn.record`)
status         how far a run is, in one small file that others read (:mod:`vit.training.run.status`)
checkpoint     the model at an evaluation, as others load it; the *state* is what the run needs to go on exactly
request        what a run at work is asked for: pause, step, run, stop (:mod:`vit.training.run.control`)
process        the operating system's process that a run is at work in (:mod:`vit.training.process.launch`)
job            the Train page's word in code for a run with what the page shows of it (``ui.session.run_list``)
=============  =====================================================================================================

``learn`` holds the loop and what it needs, ``run`` the files of a run, ``process`` what starts and steers one.
"""
