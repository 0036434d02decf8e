"""Pages of graduation: a candidate's progress, applications, audits of cohorts."""
