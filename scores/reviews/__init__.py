"""Score review (成绩复核): missed marking, addition, entry; never a re-marking. Start reading at ``workflow.py``."""
